// What heapd promises of the snapshots that it writes, beyond the format.

import {HeapGraph} from './graph.mjs';

const ROOT_ID = 1;
const GC_ROOTS_ID = 3;

// Ids below are reserved for the root, (GC roots) and its groups.
const FIRST_OBJECT_ID = 101;

// An internal edge with such a name is read as an entry of a WeakMap.
const EPHEMERON = /^\d+ \/ part of key /;

function checkAscii(text, problems) {
  const odd = /[^\x20-\x7e\n]/.exec(text);
  if (odd) {
    const code = odd[0].codePointAt(0).toString(16);
    problems.add('ascii', `U+${code} at character ${odd.index}`);
  }
}

function checkRoot(graph, problems) {
  const root = graph.rootOrdinal;
  if (root !== 0 || graph.typeOf(root) !== 'synthetic' ||
      graph.nameOf(root) !== '' || graph.id[root] !== ROOT_ID ||
      graph.selfSize[root] !== 0) {
    problems.add('root', 'not synthetic, "", id 1, size 0 at ordinal 0');
  }
  for (const child of graph.childrenOf(root)) {
    if (graph.typeOf(child) !== 'synthetic') {
      problems.add('root-children', `${graph.nameOf(child)} is not synthetic`);
    }
  }
  const gcRoots = graph.childrenOf(root)[0];
  if (gcRoots === undefined || graph.nameOf(gcRoots) !== '(GC roots)' ||
      graph.id[gcRoots] !== GC_ROOTS_ID) {
    problems.add('gc-roots', 'the first child of the root is not (GC roots)');
  }
}

function checkNode(graph, node, problems) {
  const id = graph.id[node];
  const what = `${graph.classOf(node)} @${id}`;
  const synthetic = graph.typeOf(node) === 'synthetic';
  if (id % 2 !== 1) problems.add('id-odd', what);
  if (synthetic !== (graph.selfSize[node] === 0)) {
    problems.add('self-size', `${what} has size ${graph.selfSize[node]}`);
  }
  if (!synthetic && id < FIRST_OBJECT_ID) problems.add('id-reserved', what);
}

// Elements and root indices ascend; nothing is written that DevTools reads in a
// way of its own.
function checkEdgesOf(graph, node, problems) {
  let last = -1;
  for (const edge of graph.edgesOf(node)) {
    const type = graph.edgeTypeOf(edge);
    const name = graph.edgeNameOf(edge);
    const what = `${type} ${name} of @${graph.id[node]}`;
    if (type === 'shortcut') problems.add('shortcut', what);
    if (type === 'internal' && EPHEMERON.test(name)) {
      problems.add('ephemeron', what);
    }
    if (type === 'element') {
      if (name <= last) problems.add('element-order', what);
      last = name;
    }
  }
}

function checkReachable(graph, problems) {
  const reached = graph.reachable();
  for (let node = 0; node < graph.nodeCount; ++node) {
    if (!reached[node]) {
      problems.add(
          'reachable', `${graph.classOf(node)} @${graph.id[node]} is not`);
    }
  }
}

// DevTools keys objects by their name's index and other nodes by a string of
// its own: a class of both kinds makes two groups, of which one is lost.
function checkClasses(graph, problems) {
  const kinds = new Map();
  for (let node = 0; node < graph.nodeCount; ++node) {
    if (graph.selfSize[node] === 0) continue;
    const name = graph.classOf(node);
    const byName = ['object', 'native'].includes(graph.typeOf(node));
    if ((kinds.get(name) ?? byName) !== byName) {
      problems.add('class-unique', `${name} is of two kinds`);
    }
    kinds.set(name, byName);
  }
}

function checkDetachedness(snapshot, problems) {
  const fields = snapshot.snapshot.meta.node_fields;
  const offset = fields.indexOf('detachedness');
  for (let i = offset; i < snapshot.nodes.length; i += fields.length) {
    if (snapshot.nodes[i] !== 0) {
      problems.add('detachedness', `node ${(i - offset) / fields.length}`);
    }
  }
}

// Reports to `problems` where a sound snapshot breaks a promise of heapd's.
export function heapdRules(text, snapshot, problems) {
  const graph = new HeapGraph(snapshot);
  checkAscii(text, problems);
  checkRoot(graph, problems);
  for (let node = 0; node < graph.nodeCount; ++node) {
    checkNode(graph, node, problems);
    checkEdgesOf(graph, node, problems);
  }
  checkReachable(graph, problems);
  checkClasses(graph, problems);
  checkDetachedness(snapshot, problems);
}
