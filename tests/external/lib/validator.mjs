// Checks the structure of a .heapsnapshot file. DevTools is no validator: it
// loads most faulty files without a word.
//
// Two levels: what the format demands of every file, and what heapd promises of
// its own files besides (heapdRules in validator_heapd.mjs).

import {heapdRules} from './validator_heapd.mjs';

// DevTools looks for the sections in this order and never goes back.
const SECTIONS = [
  'snapshot', 'nodes', 'edges', 'trace_function_infos', 'trace_tree', 'samples',
  'locations', 'strings',
];

// V8 writes no value of 2^32 or more, and readers keep 32 bits.
const MAX_NUMBER = 2 ** 32 - 1;

// Enough to see a pattern; a file with one fault often has a million of them.
const MAX_PROBLEMS_PER_RULE = 5;

class Problems {
  constructor() {
    this.list = [];
    this.counts = new Map();
  }

  // Reports `message` under `rule`, a stable name.
  add(rule, message) {
    const count = (this.counts.get(rule) ?? 0) + 1;
    this.counts.set(rule, count);
    if (count <= MAX_PROBLEMS_PER_RULE) this.list.push({rule, message});
  }

  get empty() {
    return this.list.length === 0;
  }
}

function checkText(text, problems) {
  if (!text.includes('"nodes":')) {
    problems.add('nodes-token', 'no literal "nodes": (memlab searches for it)');
  }
  for (const section of ['nodes', 'edges', 'samples', 'locations']) {
    const start = text.indexOf('[', text.indexOf(`"${section}":`));
    const body = text.slice(start + 1, text.indexOf(']', start));
    const odd = /[^\d,\s]/.exec(body);
    if (odd) {
      problems.add(
          'plain-digits', `${section} contains ${JSON.stringify(odd[0])}`);
    }
  }
}

function checkSections(snapshot, problems) {
  const keys = Object.keys(snapshot);
  for (const section of SECTIONS) {
    if (!keys.includes(section)) {
      problems.add('section-missing', `no section ${section}`);
    }
  }
  const known = keys.filter(key => SECTIONS.includes(key));
  const inOrder = SECTIONS.filter(section => keys.includes(section));
  if (known.join() !== inOrder.join() || keys.at(-1) !== 'strings') {
    problems.add('section-order', `sections are ${keys.join(', ')}`);
  }
}

function checkCounts(snapshot, problems) {
  const {meta, node_count: nodeCount, edge_count: edgeCount} =
      snapshot.snapshot;
  const {nodes, edges} = snapshot;
  if (nodes.length !== nodeCount * meta.node_fields.length) {
    problems.add(
        'node-count', `${nodes.length} numbers for ${nodeCount} nodes`);
  }
  if (edges.length !== edgeCount * meta.edge_fields.length) {
    problems.add(
        'edge-count', `${edges.length} numbers for ${edgeCount} edges`);
  }
  const width = meta.node_fields.length;
  let sum = 0;
  for (let i = meta.node_fields.indexOf('edge_count'); i < nodes.length;
       i += width) {
    sum += nodes[i];
  }
  if (sum !== edgeCount) {
    problems.add('edge-sum', `edge_count adds up to ${sum}, not ${edgeCount}`);
  }
}

function checkNumbers(snapshot, problems) {
  for (const section of ['nodes', 'edges', 'samples', 'locations']) {
    for (const value of snapshot[section]) {
      if (!Number.isInteger(value) || value < 0 || value > MAX_NUMBER) {
        problems.add('number-range', `${section} contains ${value}`);
      }
    }
  }
}

function checkNodes(snapshot, problems) {
  const {meta} = snapshot.snapshot;
  const width = meta.node_fields.length;
  const [type, name, id] =
      ['type', 'name', 'id'].map(field => meta.node_fields.indexOf(field));
  const ids = new Set();
  for (let row = 0; row < snapshot.nodes.length; row += width) {
    const node = snapshot.nodes.slice(row, row + width);
    const what = `node ${row / width} (id ${node[id]})`;
    if (!(node[type] < meta.node_types[0].length)) {
      problems.add('node-type', `${what} has type ${node[type]}`);
    }
    if (!(node[name] < snapshot.strings.length)) {
      problems.add('node-name', `${what} has name ${node[name]}`);
    }
    if (ids.has(node[id])) problems.add('id-unique', `${what} is not alone`);
    ids.add(node[id]);
  }
}

function checkEdges(snapshot, problems) {
  const {meta} = snapshot.snapshot;
  const width = meta.edge_fields.length;
  const nodeWidth = meta.node_fields.length;
  const types = meta.edge_types[0];
  const [type, name, to] = ['type', 'name_or_index', 'to_node'].map(
      field => meta.edge_fields.indexOf(field));
  for (let row = 0; row < snapshot.edges.length; row += width) {
    const edge = snapshot.edges.slice(row, row + width);
    const what = `edge ${row / width}`;
    if (!(edge[type] < types.length)) {
      problems.add('edge-type', `${what} has type ${edge[type]}`);
    }
    const numbered = ['element', 'hidden'].includes(types[edge[type]]);
    if (!numbered && !(edge[name] < snapshot.strings.length)) {
      problems.add('edge-name', `${what} has name ${edge[name]}`);
    }
    if (edge[to] % nodeWidth !== 0 || !(edge[to] < snapshot.nodes.length)) {
      problems.add('edge-target', `${what} leads to ${edge[to]}`);
    }
  }
}

function checkStrings(snapshot, problems) {
  const seen = new Set();
  for (const string of snapshot.strings) {
    if (typeof string !== 'string') {
      problems.add('string-type', `strings contains ${string}`);
    } else if (seen.has(string)) {
      problems.add('string-unique', JSON.stringify(string.slice(0, 80)));
    }
    seen.add(string);
  }
}

function parse(text, problems) {
  try {
    const snapshot = JSON.parse(text);
    if (snapshot?.snapshot?.meta) return snapshot;
    problems.add('json', 'no snapshot.meta');
  } catch (error) {
    problems.add('json', error.message);
  }
  return undefined;
}

// Returns what is wrong with the text of a snapshot file, [] if nothing:
// [{rule, message}]. With `heapd` true the file must keep heapd's promises too.
export function validate(text, {heapd = false} = {}) {
  const problems = new Problems();
  const snapshot = parse(text, problems);
  if (!snapshot) return problems.list;
  checkSections(snapshot, problems);
  if (!problems.empty) return problems.list;

  checkText(text, problems);
  checkCounts(snapshot, problems);
  checkNumbers(snapshot, problems);
  checkNodes(snapshot, problems);
  checkEdges(snapshot, problems);
  checkStrings(snapshot, problems);
  // heapd's rules walk the graph, which needs one that is sound.
  if (heapd && problems.empty) heapdRules(text, snapshot, problems);
  return problems.list;
}
