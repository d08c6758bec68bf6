// The head of the pages of one heap: its name, and the ways to its other pages.

import {h} from './dom.js';

const PAGES = [['overview', 'Overview', ''], ['retained', 'What retains it',
                                              '/retained'],
               ['snapshots', 'Snapshots', '/snapshots']];

export function heapHead(heap, current, ...actions) {
  return h('div', {class: 'head'},
      h('div', {class: 'title'},
          h('h1', {}, heap), h('div', {class: 'actions'}, actions)),
      h('nav', {class: 'tabs', 'aria-label': `Pages of ${heap}`},
          PAGES.map(([page, text, path]) => h('a', {
            href: `#/heaps/${heap}${path}`,
            'aria-current': page === current ? 'page' : undefined,
          }, text))));
}
