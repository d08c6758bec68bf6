// The readers themselves: what they say about recorded heaps, about the worked
// example of the format, and about files with known faults.

import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import {test} from 'node:test';

import {recordedPath, temporaryDir, unpackRecorded, workedExample} from
    './lib/data.mjs';
import {compare, loadSnapshot} from './lib/devtools.mjs';
import {differences, HeapGraph} from './lib/graph.mjs';
import {readWithMemlab} from './lib/memlab.mjs';
import {validate} from './lib/validator.mjs';

// What the three recorded heaps of the leaking service are known to hold.
const RECORDED = {
  1: {nodes: 61_357, edges: 271_360, leaked: 400},
  2: {nodes: 67_358, edges: 293_770, leaked: 800},
  3: {nodes: 72_529, edges: 310_122, leaked: 1_200},
};

function writeExample(t, snapshot) {
  const file = path.join(temporaryDir(t), 'example.heapsnapshot');
  fs.writeFileSync(file, JSON.stringify(snapshot));
  return file;
}

function rowOf(rows, name) {
  return rows.find(row => row.class === name);
}

test('The recorded heaps are where the tests look for them', () => {
  for (const state of [1, 2, 3]) {
    assert.ok(fs.existsSync(recordedPath(state)), recordedPath(state));
  }
});

for (const state of [1, 2, 3]) {
  test(`All readers agree on recorded heap ${state}`, async t => {
    const known = RECORDED[state];
    const file = unpackRecorded(state, temporaryDir(t));
    const devTools = await loadSnapshot(file);
    const memlab = await readWithMemlab(file);
    const graph = HeapGraph.read(file);
    for (const reader of [devTools, memlab, graph]) {
      assert.equal(reader.nodeCount, known.nodes);
      assert.equal(reader.edgeCount, known.edges);
    }
    const {nodes} = graph.countsByClass();
    for (const leaked of ['UpstreamError', 'RequestContext']) {
      assert.equal(rowOf(devTools.summary(), leaked).count, known.leaked);
      assert.equal(memlab.classCounts.get(leaked), known.leaked);
      assert.equal(nodes.get(leaked), known.leaked);
    }
    assert.deepEqual(
        memlab.ids, new Set(Array.from(devTools.nodes(), node => node.id)));
  });
}

test('Our graph reader and DevTools count the same nodes by class', async t => {
  const file = unpackRecorded(1, temporaryDir(t));
  const devTools = await loadSnapshot(file);
  devTools.model.applyInterfaceDefinitions([]);
  const shown = new Map();
  for (const [name, count] of devTools.reachableCounts()) {
    const plain = name.replace(/^Detached /, '');
    shown.set(plain, (shown.get(plain) ?? 0) + count);
  }
  const {nodes} = HeapGraph.read(file).countsByClass();
  assert.deepEqual(differences(nodes, shown), []);
});

test('The comparison of the recorded heaps shows the leak', async t => {
  const dir = temporaryDir(t);
  const heaps = [];
  for (const state of [1, 2, 3]) {
    heaps.push(await loadSnapshot(unpackRecorded(state, dir)));
  }
  for (const [current, grown] of [[1, 400], [2, 800]]) {
    const rows = compare(heaps[0], heaps[current]);
    for (const leaked of ['UpstreamError', 'RequestContext']) {
      const row = rowOf(rows, leaked);
      assert.equal(row.added, grown);
      assert.equal(row.removed, 0);
      assert.equal(row.countDelta, grown);
      assert.equal(row.sizeDelta, row.addedSize);
    }
  }
});

test('A comparison with splitting off has the same other rows', async t => {
  const dir = temporaryDir(t);
  const base = await loadSnapshot(unpackRecorded(1, dir));
  const current = await loadSnapshot(unpackRecorded(2, dir));
  const others = rows =>
      rows.filter(row => row.class !== 'Object' && row.class[0] !== '{');
  const split = compare(base, current);
  const plain = compare(base, current, {splitPlainObjects: false});
  assert.ok(split.some(row => row.class.startsWith('{')));
  assert.ok(!plain.some(row => row.class.startsWith('{')));
  assert.deepEqual(others(plain), others(split));
  assert.deepEqual(compare(base, current), split);
});

test('The worked example has the known sizes and distances', async t => {
  const file = writeExample(t, workedExample());
  assert.deepEqual(validate(fs.readFileSync(file, 'utf8'), {heapd: true}), []);
  const devTools = await loadSnapshot(file);
  assert.deepEqual(devTools.warnings, []);
  assert.equal(devTools.rootRetainedSize, 175);
  assert.deepEqual(devTools.summary(), [
    {class: 'A', count: 1, distance: 3, selfSize: 100, retainedSize: 150},
    {class: 'B', count: 1, distance: 4, selfSize: 50, retainedSize: 50},
    {class: 'C', count: 1, distance: 4, selfSize: 25, retainedSize: 25},
  ]);
  const memlab = await readWithMemlab(file);
  assert.equal(memlab.nodeCount, 8);
  assert.equal(memlab.edgeCount, 9);
  assert.equal(memlab.rootRetainedSize, 175);
  const graph = HeapGraph.read(file);
  const counts =
      graph.countsByClass(node => graph.typeOf(node) === 'synthetic');
  assert.deepEqual(counts.nodes, new Map([['A', 1], ['B', 1], ['C', 1]]));
  assert.deepEqual(
      counts.edges,
      new Map([['A -> B', 1], ['A -> C', 1], ['A -> B (weak)', 1]]));
});

test('A comparison of two examples shows what was added and removed',
     async t => {
  const later = workedExample();
  later.nodes.splice(6 * 7, 7, 3, 6, 109, 60, 0, 0, 0);  // B is now an A
  const base = await loadSnapshot(writeExample(t, workedExample()));
  const current = await loadSnapshot(writeExample(t, later));
  assert.deepEqual(compare(base, current), [
    {
      class: 'A',
      added: 1,
      removed: 0,
      countDelta: 1,
      addedSize: 60,
      removedSize: 0,
      sizeDelta: 60,
    },
    {
      class: 'B',
      added: 0,
      removed: 1,
      countDelta: -1,
      addedSize: 0,
      removedSize: 50,
      sizeDelta: -50,
    },
  ]);
});

test('DevTools warns about a node that nothing reaches', async t => {
  const snapshot = workedExample();
  snapshot.edges[12] = 6;  // the named root holds A weakly
  const {warnings} = await loadSnapshot(writeExample(t, snapshot));
  assert.match(warnings.join('\n'), /unreachable from the root/);
});

test('DevTools refuses a file that was cut short', async t => {
  const file = writeExample(t, workedExample());
  fs.truncateSync(file, fs.statSync(file).size - 40);
  await assert.rejects(loadSnapshot(file));
});
