// The validator finds each fault that it is meant to find: every case damages
// the worked example in one way and names the rule that must object.

import assert from 'node:assert/strict';
import fs from 'node:fs';
import {test} from 'node:test';

import {temporaryDir, unpackRecorded, workedExample} from './lib/data.mjs';
import {validate} from './lib/validator.mjs';

// Positions of fields in a row of nodes and of edges.
const NODE = {type: 0, name: 1, id: 2, selfSize: 3, edgeCount: 4, detached: 6};
const EDGE = {type: 0, name: 1, to: 2};

function setNode(snapshot, node, field, value) {
  snapshot.nodes[node * 7 + NODE[field]] = value;
}

function setEdge(snapshot, edge, field, value) {
  snapshot.edges[edge * 3 + EDGE[field]] = value;
}

// Rule -> how to break it. What changes the snapshot in place returns nothing;
// what makes a new text returns it.
const FAULTS = [
  ['json', s => JSON.stringify(s).slice(0, -1)],
  ['json', s => JSON.stringify(s).replace('cache', 'ca\nche')],
  ['json', s => { delete s.snapshot.meta; }],
  ['section-missing', s => { delete s.samples; }],
  ['section-missing', s => { delete s.trace_tree; }],
  ['section-order', s => {
    const {nodes, ...rest} = s;
    return JSON.stringify({...rest, nodes});
  }],
  ['section-order', s => { s.later = []; }],
  ['nodes-token', s => JSON.stringify(s).replace('"nodes":', '"nodes" :')],
  ['plain-digits', s => JSON.stringify(s).replace(',100,', ',-100,')],
  ['plain-digits', s => JSON.stringify(s).replace(',100,', ',1e2,')],
  ['plain-digits', s => JSON.stringify(s).replace(',100,', ',100.0,')],
  ['node-count', s => { s.snapshot.node_count = 9; }],
  ['edge-count', s => { s.snapshot.edge_count = 8; }],
  ['edge-sum', s => setNode(s, 5, 'edgeCount', 2)],
  ['number-range', s => setNode(s, 5, 'selfSize', 2 ** 32)],
  ['number-range', s => setNode(s, 5, 'id', 2 ** 32 + 1)],
  ['node-type', s => setNode(s, 5, 'type', 16)],
  ['node-name', s => setNode(s, 5, 'name', 14)],
  ['id-unique', s => setNode(s, 6, 'id', 103)],
  ['edge-type', s => setEdge(s, 6, 'type', 7)],
  ['edge-name', s => setEdge(s, 6, 'name', 14)],
  ['edge-target', s => setEdge(s, 6, 'to', 43)],
  ['edge-target', s => setEdge(s, 6, 'to', 56)],
  ['string-unique', s => { s.strings[0] = 'A'; }],
  ['string-type', s => { s.strings[0] = 7; }],
];

const HEAPD_FAULTS = [
  ['ascii', s => { s.strings[6] = '\u00c4'; }],
  ['root', s => setNode(s, 0, 'name', 5)],
  ['root', s => setNode(s, 0, 'selfSize', 8)],
  ['root', s => setNode(s, 0, 'id', 9)],
  ['root-children', s => setEdge(s, 0, 'to', 35)],
  ['gc-roots', s => setNode(s, 1, 'id', 11)],
  ['id-odd', s => setNode(s, 6, 'id', 106)],
  ['id-reserved', s => setNode(s, 6, 'id', 99)],
  ['self-size', s => setNode(s, 6, 'selfSize', 0)],
  ['self-size', s => setNode(s, 3, 'selfSize', 8)],
  ['shortcut', s => setEdge(s, 6, 'type', 5)],
  ['ephemeron', s => {
    s.strings.push('1 / part of key (A @1) -> value (B @2) pair in WeakMap');
    setEdge(s, 6, 'type', 3);
    setEdge(s, 6, 'name', 14);
  }],
  ['element-order', s => {
    setEdge(s, 6, 'type', 1);
    setEdge(s, 6, 'name', 0);
  }],
  ['reachable', s => setEdge(s, 6, 'type', 6)],
  ['class-unique', s => {
    s.strings[6] = '(string)';
    setNode(s, 6, 'type', 2);
  }],
  ['detachedness', s => setNode(s, 5, 'detached', 1)],
];

function damage(breakIt) {
  const snapshot = workedExample();
  const text = breakIt(snapshot);
  return typeof text === 'string' ? text : JSON.stringify(snapshot);
}

test('The undamaged example has no fault', () => {
  assert.deepEqual(
      validate(JSON.stringify(workedExample()), {heapd: true}), []);
});

FAULTS.forEach(([rule, breakIt], i) => {
  test(`Every file: fault ${i + 1} is found as ${rule}`, () => {
    const rules = validate(damage(breakIt)).map(problem => problem.rule);
    assert.ok(rules.includes(rule), `found: ${rules.join(', ')}`);
  });
});

HEAPD_FAULTS.forEach(([rule, breakIt], i) => {
  test(`Files of heapd: fault ${i + 1} is found as ${rule}`, () => {
    const text = damage(breakIt);
    assert.deepEqual(validate(text), []);
    const rules = validate(text, {heapd: true}).map(problem => problem.rule);
    assert.ok(rules.includes(rule), `found: ${rules.join(', ')}`);
  });
});

for (const state of [1, 2, 3]) {
  test(`Recorded heap ${state} is sound by the rules for every file`, t => {
    const file = unpackRecorded(state, temporaryDir(t));
    assert.deepEqual(validate(fs.readFileSync(file, 'utf8')), []);
  });
}
