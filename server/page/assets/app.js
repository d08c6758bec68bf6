// The page: chooses a view by the address's fragment.

import {startPolling} from './poll.js';
import {startSignIn} from './sign_in.js';
import {comparisonView} from './view_comparison.js';
import {heapView} from './view_heap.js';
import {heapsView} from './view_heaps.js';
import {retainedView} from './view_retained.js';
import {snapshotsView} from './view_snapshots.js';
import {h} from './dom.js';

// Each view fills `root` and works until `signal` is aborted; it returns its
// title.
const ROUTES = [
  [/^\/?$/, heapsView],
  [/^\/snapshots$/, snapshotsView],
  [/^\/heaps\/([^/]+)$/, heapView],
  [/^\/heaps\/([^/]+)\/retained(?:\?(.*))?$/, retainedView],
  [/^\/heaps\/([^/]+)\/snapshots$/, snapshotsView],
  [/^\/compare\/([^/]+)\/([^/]+)$/, comparisonView],
];

let leave = new AbortController();

function nowhere(root) {
  root.append(h('h1', {}, 'There is no such page'),
      h('p', {}, h('a', {href: '#/'}, 'All heaps')));
  return 'Not found';
}

function markNavigation(path) {
  for (const link of document.querySelectorAll('header nav a')) {
    const target = link.getAttribute('href').slice(1);
    const current = target === '/' ? /^\/?(heaps|$)/.test(path) :
                                     path.startsWith(target);
    if (current) {
      link.setAttribute('aria-current', 'page');
    } else {
      link.removeAttribute('aria-current');
    }
  }
}

function show({focus}) {
  leave.abort();
  leave = new AbortController();
  const path = location.hash.slice(1);
  const root = document.getElementById('view');
  root.replaceChildren();
  let view = nowhere;
  let parts = [];
  for (const [pattern, found] of ROUTES) {
    const match = pattern.exec(path);
    if (!match) continue;
    view = found;
    // Ids need no decoding, and a query is decoded part by part.
    parts = match.slice(1);
    break;
  }
  const title = view(root, leave.signal, ...parts);
  document.title = `${title} \u2013 heapd`;
  markNavigation(path);
  if (!focus) return;
  // Whoever hears the page is told where it is now.
  scrollTo(0, 0);
  root.focus({preventScroll: true});
}

addEventListener('hashchange', () => {
  if (location.hash === '#view') return;  // the link that skips the header
  show({focus: true});
});
startPolling();
startSignIn(() => show({focus: false}));
show({focus: false});
