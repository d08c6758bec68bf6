// The leak verdict in words.

import {h} from './dom.js';
import {bytes, percent, seconds, span} from './format.js';

const SHORT = {
  LEAK_STATE_SUSPECTED: ['Leak suspected', 'bad'],
  LEAK_STATE_STEADY: ['Steady', 'good'],
  LEAK_STATE_TOO_EARLY: ['Too early to say', 'unsure'],
};

const MARKS = {bad: '\u25b2', good: '\u2713', unsure: '\u2026'};

// [text, kind] for a badge; a daemon that has no verdict sends none.
function shortVerdict(verdict) {
  return SHORT[verdict?.state] ?? SHORT.LEAK_STATE_TOO_EARLY;
}

export function verdictBadge() {
  const element = h('span', {class: 'badge'});
  const update = verdict => {
    const [text, kind] = shortVerdict(verdict);
    if (element.dataset.kind === kind) return;
    element.dataset.kind = kind;
    element.replaceChildren(
        h('span', {'aria-hidden': 'true'}, MARKS[kind]), ` ${text}`);
  };
  return {element, update};
}

// Where a class grows.
export function nameOf({class_name: name, tag}) {
  return tag ? `${name} (${tag})` : name;
}

// One or two sentences.
export function verdictText(verdict) {
  if (verdict?.state === 'LEAK_STATE_SUSPECTED') return suspicion(verdict);
  if (verdict?.state === 'LEAK_STATE_STEADY') {
    return `What lives after major collections does not grow steadily ` +
        `(${basis(verdict)}).`;
  }
  return 'It takes several major collections over some minutes to tell a leak ' +
      'from a warm-up.';
}

function suspicion(verdict) {
  const growth = bytes(verdict.live_bytes?.slope_per_hour ?? 0);
  const limit = verdict.time_to_limit ?
      ` Going on like that, the heap meets its limit in ` +
          `${span(seconds(verdict.time_to_limit))}.` :
      '';
  const fastest = verdict.growing_classes?.[0];
  const what = fastest ? `${nameOf(fastest)} grows fastest. ` : '';
  return `What lives after major collections grows by ${growth} an hour. ` +
      `${what}Confidence ${percent(verdict.confidence)}, ${basis(verdict)}.` +
      limit;
}

function basis(verdict) {
  return `${verdict.collection_count} collections over ` +
      span(seconds(verdict.window));
}
