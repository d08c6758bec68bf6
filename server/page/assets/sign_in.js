// The dialog that takes a bearer token, which is kept for this tab only.

import {token} from './api.js';
import {announce, h, setText} from './dom.js';

let changed = () => {};

// `onChange` is called when another token is used from now on.
export function startSignIn(onChange) {
  changed = onChange;
  document.getElementById('sign-in').addEventListener('click', () => {
    if (token.get()) {
      use('');
    } else {
      openSignIn();
    }
  });
  showState();
}

function showState() {
  setText(document.getElementById('sign-in'),
      token.get() ? 'Sign out' : 'Sign in');
}

function use(value) {
  token.set(value);
  if (!value) {
    // What the page has seen is not for whoever comes next.
    location.reload();
    return;
  }
  showState();
  announce('Signed in');
  changed();
}

export function openSignIn() {
  const input = h('input', {
    id: 'token', type: 'password', autocomplete: 'off', spellcheck: 'false',
    required: true, maxlength: 8192, 'aria-describedby': 'token-hint',
  });
  const close = () => dialog.close();
  const dialog = h('dialog', {'aria-labelledby': 'sign-in-title'},
      h('form', {onsubmit: event => {
        event.preventDefault();
        const value = input.value.trim();
        if (!value) return;
        close();
        use(value);
      }},
      h('h2', {id: 'sign-in-title'}, 'Sign in'),
      h('label', {for: 'token'}, 'Token'),
      input,
      h('p', {id: 'token-hint', class: 'hint'},
          'A bearer token or JSON web token that heapd knows. It stays in this ' +
          'tab and is forgotten when the tab is closed.'),
      h('div', {class: 'actions'},
          h('button', {type: 'submit', class: 'primary'}, 'Sign in'),
          h('button', {type: 'button', onclick: close}, 'Cancel'))));
  dialog.addEventListener('close', () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
}
