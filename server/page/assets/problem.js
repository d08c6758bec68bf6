// Says in words what went wrong and what can be done.

import {h} from './dom.js';
import {openSignIn} from './sign_in.js';

// A place for the error of one part of the page. What is shown already is left
// alone, so that a failing poll is announced once.
export function problemSlot() {
  const element = h('div', {role: 'alert'});
  let shown = '';
  return {
    element,
    show(error) {
      if (error.name === 'AbortError') return;
      const key = `${error.reason ?? ''} ${error.message}`;
      if (key === shown) return;
      shown = key;
      element.replaceChildren(problem(error));
    },
    clear() {
      if (shown === '') return;
      shown = '';
      element.replaceChildren();
    },
  };
}

function problem(error) {
  return h('div', {class: 'problem'},
      h('p', {}, h('strong', {}, sentence(error.message))),
      error.advice && h('p', {}, error.advice),
      error.asksForToken &&
          h('button', {type: 'button', onclick: openSignIn}, 'Sign in'));
}

function sentence(message) {
  const text = message.charAt(0).toUpperCase() + message.slice(1);
  return /[.!?]$/.test(text) ? text : `${text}.`;
}
