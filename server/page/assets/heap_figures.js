// The figures of a heap that an operator looks at first.

import {h, meter, setText} from './dom.js';
import {bytes, count, percent, plural, seconds, span} from './format.js';

export function figures() {
  const cards = {
    used: card('Used'), objects: card('Objects'), sessions: card('Sessions'),
    utilization: card('Mutator utilization'), pauses: card('Pauses'),
    calls: card('Calls in flight'),
  };
  const used = meter('Used of the limit');
  cards.used.element.append(h('dd', {}, used.element));
  const element = h('dl', {class: 'figures'},
      Object.values(cards).map(one => one.element));
  const update = (stats, history) => {
    const ratio = Number(stats.used_bytes) / Number(stats.limit_bytes);
    used.update(ratio, `${bytes(stats.used_bytes)} of ` +
        bytes(stats.limit_bytes));
    cards.used.show(bytes(stats.used_bytes),
        `of ${bytes(stats.limit_bytes)}; ${bytes(stats.committed_bytes)} ` +
        `committed, next collection at ${bytes(stats.next_collection_bytes)}`);
    cards.objects.show(count(stats.object_count),
        `${plural(stats.root_count, 'root')}, ${plural(stats.type_count, 'type')}`);
    cards.sessions.show(count(stats.session_count),
        `with ${plural(stats.hold_count, 'hold')}`);
    cards.utilization.show(...utilization(stats, history));
    cards.pauses.show(...pauses(history));
    cards.calls.show(...calls(stats.admission));
  };
  return {element, update};
}

function card(title) {
  const value = h('dd', {class: 'value'}, '\u2013');
  const note = h('dd', {class: 'hint'});
  return {
    element: h('div', {class: 'card'}, h('dt', {}, title), value, note),
    show(text, hint) {
      setText(value, text);
      setText(note, hint);
    },
  };
}

// What collections left to callers: the mean over major ones, and the worst.
function utilization(stats, history) {
  const last = history.newestFirst.find(one => !one.minor);
  const worst = stats.minimum_mutator_utilizations
      .map(one => `${percent(one.ratio)} in ${span(seconds(one.window))}`)
      .join(', ');
  return [percent(last?.average_mutator_utilization ?? 1, 1),
          worst ? `at worst ${worst}` : 'no collection yet'];
}

function pauses(history) {
  const [last] = history.newestFirst;
  if (!last) return ['\u2013', 'no collection yet'];
  const longest = history.newestFirst.reduce(
      (best, one) => one.longest > best.longest ? one : best);
  return [span(longest.longest),
          `the longest of ${count(history.collections.size)} collections; ` +
          `last ${span(last.longest)}`];
}

function calls(admission) {
  if (!admission?.heap) return ['\u2013', ''];
  const refused = admission.refused.reduce(
      (sum, one) => sum + Number(one.call_count), 0);
  return [count(admission.heap.call_count),
          `of ${count(admission.heap.max_call_count)}; the daemon refused ` +
          `${count(refused)} since its start`];
}
