// Asks before something is done that cannot be undone.

import {h} from './dom.js';

// Resolves to whether it shall be done.
export function confirm(title, text, verb) {
  return new Promise(resolve => {
    const dialog = h('dialog', {'aria-labelledby': 'confirm-title',
                                'aria-describedby': 'confirm-text'},
        h('h2', {id: 'confirm-title'}, title),
        h('p', {id: 'confirm-text'}, text),
        h('div', {class: 'actions'},
            h('button', {type: 'button', autofocus: true,
                         onclick: () => dialog.close('no')}, 'Keep it'),
            h('button', {type: 'button', class: 'danger',
                         onclick: () => dialog.close('yes')}, verb)));
    dialog.addEventListener('close', () => {
      dialog.remove();
      resolve(dialog.returnValue === 'yes');
    });
    document.body.append(dialog);
    dialog.showModal();
  });
}
