// The sessions of a heap that hold most: whom to ask when memory is not let go.

import {call} from './api.js';
import {h, setText, syncChildren, table} from './dom.js';
import {bytes, count, moment, plural} from './format.js';
import {poll} from './poll.js';
import {problemSlot} from './problem.js';

// Looking takes time of the heap's calls, more with more holds: at most so small
// a part of it.
const PERIOD = 5000;
const PART = 1 / 50;
const MOST = 10;

export function sessionsPanel(heap, signal) {
  const problems = problemSlot();
  const hint = h('p', {class: 'hint'});
  const rows = table('Sessions that hold most', [
    {title: 'Session', wide: true}, {title: 'Tag', wide: true},
    {title: 'Holds', number: true}, {title: 'Objects', number: true},
    {title: 'Scopes', number: true}, {title: 'Lease ends', number: true},
  ]);
  poll(async () => {
    const start = performance.now();
    try {
      const {sessions, session_count: total} = await call(
          'CollectorService/ListSessions', {heap, max_session_count: MOST},
          signal);
      problems.clear();
      setText(hint, hintText(sessions.length, total));
      rows.element.hidden = sessions.length === 0;
      syncChildren(rows.body, sessions, one => one.session,
                   one => sessionRow(rows, one));
    } catch (error) {
      problems.show(error);
    }
    return Math.max(PERIOD, (performance.now() - start) / PART);
  }, PERIOD, signal);
  return h('section', {class: 'card', 'aria-labelledby': 'sessions'},
      h('h2', {id: 'sessions'}, 'Sessions that hold most'), problems.element,
      hint, rows.element);
}

function hintText(shown, total) {
  if (shown === 0) return 'No session is open.';
  return `${shown} of ${plural(total, 'session')}, by the size of the ` +
      'objects that they hold themselves.';
}

function sessionRow(rows, {session, label, tag}) {
  const [held, objects, scopes, end] =
      Array.from({length: 4}, () => h('span', {}));
  const id = `0x${BigInt(session).toString(16).padStart(16, '0')}`;
  const element = rows.row([
    h('span', {title: id}, label || id), tag || '\u2013', held, objects, scopes,
    end,
  ]);
  const update = one => {
    setText(held, bytes(one.held_bytes));
    setText(objects, count(one.hold_count));
    setText(scopes, count(one.scope_count));
    setText(end, moment(one.expire_time));
  };
  return {element, update};
}
