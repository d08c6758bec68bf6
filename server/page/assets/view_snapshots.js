// Snapshots, of one heap or of all: take, follow, download, delete, compare.

import {callList} from './api.js';
import {h, setText, syncChildren, table} from './dom.js';
import {heapHead} from './heap_head.js';
import {poll, setConnected} from './poll.js';
import {problemSlot} from './problem.js';
import {createForm} from './snapshot_form.js';
import {snapshotRow} from './snapshot_row.js';

const PERIOD = 4000;
const PERIOD_WRITING = 300;
const PAGE = 100;

export function snapshotsView(root, signal, heap) {
  const problems = problemSlot();
  const chosen = new Set();
  let list = [];
  let limit = PAGE;
  let refresh = () => {};

  const compare = h('button', {type: 'button', disabled: true, onclick: () => {
    const [base, later] = chosenSnapshots();
    location.hash = `#/compare/${base.snapshot}/${later.snapshot}`;
  }}, 'Compare');
  const hint = h('span', {class: 'hint', role: 'status'});
  const more = h('button', {type: 'button', hidden: true, onclick: () => {
    limit += PAGE;
    refresh();
  }}, 'Show more');
  const rows = table('Snapshots, newest first', [
    {title: 'Compare'}, {title: 'Taken', wide: true},
    ...(heap ? [] : [{title: 'Heap', wide: true}]),
    {title: 'State', wide: true}, {title: 'File', wide: true},
    {title: 'By', wide: true}, {title: 'Actions', wide: true},
  ]);
  rows.element.classList.add('snapshots');
  const taken = h('section', {class: 'card', 'aria-labelledby': 'taken',
                              hidden: true},
      h('h2', {id: 'taken'}, 'Taken'),
      h('div', {class: 'actions'}, compare, hint), rows.element, more);
  root.append(
      heap ? heapHead(heap, 'snapshots') : h('h1', {}, 'Snapshots'),
      ...(heap ? [createForm(heap, () => refresh(), signal)] : []),
      problems.element,
      taken);

  const chosenSnapshots = () => list
      .filter(one => chosen.has(one.snapshot))
      .sort((a, b) => Date.parse(a.create_time) - Date.parse(b.create_time));

  function drawChoice() {
    const picked = chosenSnapshots();
    const same = new Set(picked.map(one => one.heap)).size <= 1;
    compare.disabled = picked.length !== 2 || !same;
    setText(hint, !same ? 'Choose two of one heap.' :
        picked.length < 2 ? 'Choose two to compare.' :
        picked.length > 2 ? 'Choose two only.' : '');
  }

  function draw() {
    taken.hidden = false;
    const there = new Set(list.map(one => one.snapshot));
    for (const id of [...chosen]) if (!there.has(id)) chosen.delete(id);
    if (list.length === 0) {
      rows.empty('There is none yet.');
    } else {
      if (!rows.body.heapdChildren) rows.body.replaceChildren();
      syncChildren(rows.body, list, one => one.snapshot, one => snapshotRow(
          rows, one, {withHeap: !heap, chosen, onChoice: drawChoice, signal,
                      onChange: () => refresh(), problems}));
    }
    more.hidden = list.length < limit;
    drawChoice();
  }

  async function ask() {
    try {
      list = (await callList('SnapshotService/ListSnapshots', 'snapshots',
          {heap: heap ?? '', page_size: PAGE}, signal, limit)).slice(0, limit);
      setConnected(true);
      problems.clear();
      draw();
    } catch (error) {
      if (error.name === 'AbortError') return PERIOD;
      setConnected(error.status !== 'UNREACHED');
      problems.show(error);
    }
    const writing = list.some(one => one.state === 'SNAPSHOT_STATE_WRITING');
    return writing ? PERIOD_WRITING : PERIOD;
  }

  // What was asked for shows at once, and is followed from then on.
  let turn = new AbortController();
  refresh = () => {
    turn.abort();
    turn = new AbortController();
    poll(ask, PERIOD, AbortSignal.any([signal, turn.signal]));
  };
  refresh();
  return heap ? `Snapshots of ${heap}` : 'Snapshots';
}
