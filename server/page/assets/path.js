// A retaining path: from what holds it to the object.

import {h} from './dom.js';

// What the path starts at, in words.
export function holderText({root, session}) {
  return root !== undefined ? `Root \u201c${root}\u201d` :
                              `Session ${session}`;
}

function slotText({slot, slot_name: name}) {
  if (slot === undefined || slot === null) return '';
  return name ? `.${name}` : `[${slot}]`;
}

export function pathList(answer) {
  return h('ol', {class: 'path', 'aria-label': 'Retaining path'},
      h('li', {class: 'holder'}, holderText(answer)),
      answer.steps.map(step => h('li', {},
          step.type_name, step.tag && h('span', {class: 'tag'}, step.tag),
          h('code', {}, slotText(step)))));
}
