// One heap: its figures, the leak verdict, spaces and collections over time.

import {call} from './api.js';
import {announce, h, setText, syncChildren, table} from './dom.js';
import {bytes, clock, count, percent, seconds, signed, span, words}
  from './format.js';
import {collectionText, heapCharts, kindOf} from './heap_charts.js';
import {figures} from './heap_figures.js';
import {heapHead} from './heap_head.js';
import {historyOf, SPACES} from './history.js';
import {poll, setConnected} from './poll.js';
import {problemSlot} from './problem.js';
import {sessionsPanel} from './sessions_panel.js';
import {nameOf, verdictBadge, verdictText} from './verdict.js';

const PERIOD = 1000;

export function heapView(root, signal, heap) {
  const problems = problemSlot();
  const history = historyOf(heap);
  const numbers = figures();
  const leak = leakPanel(heap);
  const charts = heapCharts(history);
  const spaces = spaceTable();
  const collections = collectionTable();
  root.append(
      heapHead(heap, 'overview', collectButton(heap, problems, history)),
      problems.element, numbers.element, leak.element,
      h('section', {class: 'card', 'aria-labelledby': 'over-time'},
          h('h2', {id: 'over-time'}, 'Over time'), charts.element),
      h('section', {class: 'card', 'aria-labelledby': 'spaces-now'},
          h('h2', {id: 'spaces-now'}, 'Spaces now'), spaces.element),
      sessionsPanel(heap, signal),
      collections.element);

  poll(async () => {
    try {
      const {stats} = await call('CollectorService/GetStats', {heap}, signal);
      setConnected(true);
      problems.clear();
      history.add(stats, Date.now());
      numbers.update(stats, history);
      leak.update(stats.leak_verdict);
      spaces.update(stats.spaces);
      collections.update(history);
      charts.draw();
    } catch (error) {
      if (error.name === 'AbortError') return;
      setConnected(error.status !== 'UNREACHED');
      problems.show(error);
    }
  }, PERIOD, signal);
  return heap;
}

function collectButton(heap, problems) {
  const button = h('button', {type: 'button', onclick: async () => {
    button.disabled = true;
    try {
      const {collection} = await call('CollectorService/CollectHeap', {heap});
      const freed = Number(collection.used_bytes_before) -
          Number(collection.used_bytes_after);
      announce(`Collected: ${bytes(Math.max(0, freed))} freed`);
      problems.clear();
    } catch (error) {
      problems.show(error);
    } finally {
      button.disabled = false;
    }
  }}, 'Collect now');
  return button;
}

function leakPanel(heap) {
  const badge = verdictBadge();
  const text = h('p', {});
  const growing = table('Growing classes', [
    {title: 'Class', wide: true}, {title: 'Tag', wide: true},
    {title: 'Bytes an hour', number: true},
    {title: 'Objects an hour', number: true}, {title: 'Live now', number: true},
  ]);
  growing.element.hidden = true;
  const element = h('section', {class: 'card', 'aria-labelledby': 'leak'},
      h('h2', {id: 'leak'}, 'Leak verdict ', badge.element), text,
      growing.element);
  const update = verdict => {
    badge.update(verdict);
    setText(text, verdictText(verdict));
    element.dataset.state = verdict?.state ?? '';
    const classes = verdict?.growing_classes ?? [];
    growing.element.hidden = classes.length === 0;
    syncChildren(growing.body, classes, nameOf, one => growingRow(heap, growing,
                                                                  one));
  };
  return {element, update};
}

function growingRow(heap, growing, {class_name: name, tag}) {
  const [fast, objects, live] = [h('span', {}), h('span', {}), h('span', {})];
  const query = new URLSearchParams({class: name, ...(tag ? {tag} : {})});
  const element = growing.row([
    h('a', {href: `#/heaps/${heap}/retained?${query}`}, name), tag || '\u2013',
    fast, objects, live,
  ]);
  const update = one => {
    setText(fast, signed(one.bytes_per_hour, bytes));
    setText(objects, signed(Math.round(one.objects_per_hour)));
    setText(live, `${count(one.live_object_count)}, ${bytes(one.live_bytes)}`);
  };
  return {element, update};
}

function spaceTable() {
  const spaces = table('Spaces now', [
    {title: 'Space', wide: true}, {title: 'Used', number: true},
    {title: 'Committed', number: true}, {title: 'Free', number: true},
    {title: 'Fragmented', number: true}, {title: 'Pages', number: true},
  ]);
  const titles = new Map(SPACES);
  const create = ({space}) => {
    const cells = Array.from({length: 5}, () => h('span', {}));
    const element = spaces.row([
      h('span', {}, h('i', {class: `swatch ${space}`, 'aria-hidden': 'true'}),
          titles.get(space) ?? space),
      ...cells,
    ]);
    const update = one => {
      const texts = [bytes(one.used_bytes), bytes(one.committed_bytes),
                     bytes(one.free_bytes), percent(one.fragmentation_ratio),
                     count(one.page_count)];
      texts.forEach((value, i) => setText(cells[i], value));
    };
    return {element, update};
  };
  return {
    element: spaces.element,
    update: list => syncChildren(spaces.body, list, one => one.space, create),
  };
}

const SHOWN = 100;

function collectionTable() {
  const rows = table('Collections, newest first', [
    {title: 'When', wide: true}, {title: 'Kind', wide: true},
    {title: 'Why', wide: true}, {title: 'Longest pause', number: true},
    {title: 'Pauses', number: true}, {title: 'Work', number: true},
    {title: 'Freed', number: true}, {title: 'Used after', number: true},
  ]);
  const newest = h('p', {class: 'hint'});
  const details = h('details', {},
      h('summary', {}, 'All of them as a table'), rows.element);
  const element = h('section', {class: 'card', 'aria-labelledby': 'collections'},
      h('h2', {id: 'collections'}, 'Collections'), newest, details);
  let history;
  const draw = () => syncChildren(
      rows.body, history.newestFirst.slice(0, SHOWN), one => one.sequence,
      one => ({element: collectionRow(rows, one)}));
  details.addEventListener('toggle', () => {
    if (details.open && history) draw();
  });
  const update = latest => {
    history = latest;
    const [last] = history.newestFirst;
    setText(newest, last ? `The last one: ${collectionText(last)}.` :
                           'None yet.');
    details.hidden = !last;
    if (details.open) draw();
  };
  return {element, update};
}

function collectionRow(rows, one) {
  const freed = Number(one.used_bytes_before) - Number(one.used_bytes_after);
  return rows.row([
    clock(new Date(one.time)), kindOf(one),
    words(one.reason, 'COLLECTION_REASON_'), span(one.longest),
    span(one.pause), span((one.end - one.time) / 1000),
    bytes(freed), bytes(one.used_bytes_after),
  ]);
}
