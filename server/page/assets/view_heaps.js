// All heaps, with how full they are and whether they leak.

import {call, callList} from './api.js';
import {h, meter, setText, syncChildren, table} from './dom.js';
import {bytes, count, percent, span} from './format.js';
import {historyOf} from './history.js';
import {poll, setConnected} from './poll.js';
import {problemSlot} from './problem.js';
import {verdictBadge} from './verdict.js';

const PERIOD = 2000;
// Figures are asked for heap by heap: with very many of them, of so many at a
// time, in turn.
const MAX_ASKED = 40;

const COLUMNS = [
  {title: 'Heap', wide: true}, {title: 'Used of limit', wide: true},
  {title: 'Objects', number: true}, {title: 'Sessions', number: true},
  {title: 'Longest pause', number: true},
  {title: 'Worst utilization', number: true}, {title: 'Leak', wide: true},
];

export function heapsView(root, signal) {
  const problems = problemSlot();
  const heaps = table('Heaps', COLUMNS);
  const summary = h('p', {class: 'lead'}, 'Asking heapd \u2026');
  const filter = h('input', {
    type: 'search', id: 'filter', autocomplete: 'off', oninput: () => draw(),
  });
  const filterRow = h('div', {class: 'filter', hidden: true},
      h('label', {for: 'filter'}, 'Show heaps with'), filter);
  root.append(h('h1', {}, 'Heaps'), problems.element, summary, filterRow,
      h('div', {class: 'card'}, heaps.element));

  let list = [];
  const stats = new Map();
  let turn = 0;

  function draw() {
    const shown = list.filter(heap => heap.heap.includes(filter.value.trim()));
    filterRow.hidden = list.length < 8;
    if (list.length === 0) {
      heaps.empty('There is no heap that you may see. Clients create them: ' +
          'heapctl heap create NAME.');
      return;
    }
    if (!heaps.body.heapdChildren) heaps.body.replaceChildren();
    syncChildren(heaps.body, shown, heap => heap.heap,
        heap => heapRow(heaps, heap.heap, stats));
  }

  async function askFigures() {
    const asked = list.length <= MAX_ASKED ? list :
        list.slice(turn, turn + MAX_ASKED);
    turn = turn + MAX_ASKED >= list.length ? 0 : turn + MAX_ASKED;
    await Promise.all(asked.map(async ({heap}) => {
      try {
        const answer = await call('CollectorService/GetStats', {heap}, signal);
        stats.set(heap, answer.stats);
        historyOf(heap).add(answer.stats, Date.now());
      } catch (error) {
        if (error.name === 'AbortError') throw error;
        // Deleted meanwhile, or not permitted: the row shows what it can.
        stats.delete(heap);
      }
    }));
  }

  poll(async () => {
    try {
      list = await callList('HeapService/ListHeaps', 'heaps', {}, signal);
      await askFigures();
      setConnected(true);
      problems.clear();
      setText(summary, sum(list, stats));
      draw();
    } catch (error) {
      if (error.name === 'AbortError') return;
      setConnected(error.status !== 'UNREACHED');
      problems.show(error);
    }
  }, PERIOD, signal);
  return 'Heaps';
}

function sum(list, stats) {
  const used = list.reduce((all, heap) => all + Number(heap.used_bytes), 0);
  const text = `${count(list.length)} ${list.length === 1 ? 'heap' : 'heaps'}, ` +
      `${bytes(used)} used`;
  const any = stats.values().next().value;
  return any ? `${text}; budget of all heaps ${bytes(any.budget_bytes)}, ` +
      `the daemon takes ${bytes(any.process_resident_bytes)}` : text;
}

function heapRow(heaps, name, stats) {
  const used = meter(`Used of the limit of ${name}`);
  const usedText = h('span', {});
  const badge = verdictBadge();
  const cells = {
    objects: h('span', {}), sessions: h('span', {}), pause: h('span', {}),
    left: h('span', {}),
  };
  const element = heaps.row([
    h('a', {href: `#/heaps/${name}`, class: 'name'}, name),
    h('div', {class: 'used'}, used.element, usedText),
    cells.objects, cells.sessions, cells.pause, cells.left, badge.element,
  ]);
  const update = heap => {
    const text = `${bytes(heap.used_bytes)} of ${bytes(heap.limit_bytes)}`;
    used.update(Number(heap.used_bytes) / Number(heap.limit_bytes), text);
    setText(usedText, text);
    setText(cells.objects, count(heap.object_count));
    setText(cells.sessions, count(heap.session_count));
    const figures = stats.get(heap.heap);
    badge.element.hidden = !figures;
    setText(cells.pause, figures ? longestPause(heap.heap) : '\u2013');
    setText(cells.left, figures ? leftToCallers(figures) : '\u2013');
    if (figures) badge.update(figures.leak_verdict);
  };
  return {element, update};
}

function longestPause(heap) {
  const pauses = historyOf(heap).newestFirst.map(one => one.longest);
  return pauses.length === 0 ? '\u2013' : span(Math.max(...pauses));
}

// The worst second that callers had.
function leftToCallers(figures) {
  const second = figures.minimum_mutator_utilizations.at(-1);
  return second ? percent(second.ratio) : '\u2013';
}
