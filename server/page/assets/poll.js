// Asks again and again while somebody looks: not while the tab is hidden, nor
// while the operator has paused the page.

import {setAttributes, setText} from './dom.js';

const WORDS = {live: 'Live', paused: 'Paused', lost: 'No connection'};

let paused = false;
let state = 'live';
const waiting = new Set();

function show() {
  const shown = paused ? 'paused' : state;
  const element = document.getElementById('live');
  setText(element.querySelector('span'), WORDS[shown]);
  setAttributes(element, {
    'data-state': shown,
    title: paused ? 'Update the page again' : 'Stop updating the page',
  });
}

function resume() {
  if (paused || document.hidden) return;
  for (const wake of [...waiting]) wake();
}

export function startPolling() {
  document.getElementById('live').addEventListener('click', () => {
    paused = !paused;
    show();
    resume();
  });
  document.addEventListener('visibilitychange', resume);
  show();
}

// What the last call said about the connection.
export function setConnected(connected) {
  state = connected ? 'live' : 'lost';
  show();
}

// Resolves after `milliseconds`, and not before the page is looked at.
function rest(milliseconds, signal) {
  return new Promise(resolve => {
    const done = () => {
      waiting.delete(wake);
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    };
    let due = false;
    const wake = () => {
      if (due) done();
    };
    const timer = setTimeout(() => {
      due = true;
      if (!paused && !document.hidden) done();
    }, milliseconds);
    waiting.add(wake);
    signal.addEventListener('abort', done);
  });
}

// Runs `step` at once and then each `milliseconds` after it ended, until
// `signal` is aborted. `step` handles its own errors, and may return another
// time to wait.
export async function poll(step, milliseconds, signal) {
  while (!signal.aborted) {
    let next = milliseconds;
    try {
      next = await step() ?? milliseconds;
    } catch (error) {
      if (error.name === 'AbortError') return;
      throw error;
    }
    await rest(next, signal);
  }
}
