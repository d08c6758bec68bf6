// Which roots and sessions keep the largest objects: where the shortest path to
// each of them starts. What sessions hold themselves is in sessions_panel.js.

import {call} from './api.js';
import {announce, h, setText, table} from './dom.js';
import {bytes, count} from './format.js';
import {holderText} from './path.js';
import {problemSlot} from './problem.js';

export function holdersPanel(heap, objects, signal) {
  const problems = problemSlot();
  const place = h('div', {});
  const button = h('button', {type: 'button', onclick: async () => {
    button.disabled = true;
    try {
      const holders = await findHolders(heap, objects, signal, done =>
        setText(button, `Looking: ${done} of ${objects.length}`));
      problems.clear();
      place.replaceChildren(holderTable(holders));
      announce(`${holders.length} holders found`);
    } catch (error) {
      problems.show(error);
    } finally {
      button.disabled = false;
      setText(button, 'Look again');
    }
  }}, 'Find roots and sessions');
  return h('div', {},
      h('p', {}, `Where the shortest path to each of the ${objects.length} ` +
          'largest objects starts.'),
      h('div', {class: 'actions'}, button), problems.element, place);
}

async function findHolders(heap, objects, signal, progress) {
  const holders = new Map();
  for (const [i, object] of objects.entries()) {
    progress(i + 1);
    let answer;
    try {
      answer = await call('CollectorService/ExplainObject',
          {heap, ref: object.ref}, signal);
    } catch (error) {
      // Dead since the analysis: nobody holds it.
      if (error.status === 'NOT_FOUND') continue;
      throw error;
    }
    const name = holderText(answer);
    const known = holders.get(name) ?? {name, objects: 0, largest: object};
    ++known.objects;
    holders.set(name, known);
  }
  return [...holders.values()].sort(
      (a, b) => Number(b.largest.retained_size_bytes) -
          Number(a.largest.retained_size_bytes));
}

function holderTable(holders) {
  const rows = table('Holders', [
    {title: 'Holder', wide: true}, {title: 'Of these objects', number: true},
    {title: 'Largest retains', number: true},
    {title: 'Its class', wide: true},
  ]);
  if (holders.length === 0) rows.empty('Nothing holds them any more.');
  for (const holder of holders) {
    rows.body.append(rows.row([
      holder.name, count(holder.objects),
      bytes(holder.largest.retained_size_bytes), holder.largest.class_name,
    ]));
  }
  return rows.element;
}
