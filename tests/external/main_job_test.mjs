// The main job on a real heap: heapctl replays the three recorded states of the
// leaking service, and readers that are not ours judge heapd's snapshots.

import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import {test} from 'node:test';

import {startDaemon} from './lib/daemon.mjs';
import {recordedPath, temporaryDir, unpackRecorded} from './lib/data.mjs';
import {compare, loadSnapshot} from './lib/devtools.mjs';
import {differences, HeapGraph} from './lib/graph.mjs';
import {connect} from './lib/grpc.mjs';
import {compareWithHeapctl, heapctl} from './lib/heapctl.mjs';
import {readWithMemlab} from './lib/memlab.mjs';
import {validate} from './lib/validator.mjs';

const STATES = [1, 2, 3];
const LEAKED = ['UpstreamError', 'RequestContext'];

// Replays all states; returns heapd's snapshots, oldest first, as the published
// contract describes them, each with `file`, its path.
async function replay(t, daemon) {
  await heapctl(
      daemon, 'replay', '--heap', 'leaky', '--create',
      ...STATES.map(recordedPath));
  const service = connect(
      t, daemon.operationsAddress, 'heapd.v1.SnapshotService',
      {token: daemon.token});
  const {snapshots} = await service.ListSnapshots({});
  return snapshots.reverse().map(snapshot => ({
    ...snapshot,
    file: path.join(daemon.snapshotDir, `${snapshot.snapshot}.heapsnapshot`),
  }));
}

// V8's root and its "(GC roots)" have no counterpart: what they hold is held by
// named roots.
function isV8Root(graph, node) {
  return node === graph.rootOrdinal || graph.nameOf(node) === '(GC roots)';
}

// The names of what V8's roots hold, sorted.
function rootNamesOf(graph) {
  const names = [];
  for (let node = 0; node < graph.nodeCount; ++node) {
    if (!isV8Root(graph, node)) continue;
    for (const child of graph.childrenOf(node)) {
      if (!isV8Root(graph, child)) names.push(graph.nameOf(child));
    }
  }
  return names.sort();
}

// The names under heapd's "(Named roots)", sorted, without the number that
// heapctl puts behind the second of a name.
function namedRootsOf(graph) {
  const names = [];
  for (let node = 0; node < graph.nodeCount; ++node) {
    if (graph.typeOf(node) !== 'synthetic') continue;
    if (graph.nameOf(node) !== '(Named roots)') continue;
    for (const edge of graph.edgesOf(node)) {
      names.push(graph.edgeNameOf(edge).replace(/ \d+$/, ''));
    }
  }
  return names.sort();
}

function checkGraph(originalFile, snapshot) {
  const original = HeapGraph.read(originalFile);
  const ours = HeapGraph.read(snapshot.file);
  const expected =
      original.countsByClass(node => isV8Root(original, node));
  const counted =
      ours.countsByClass(node => ours.typeOf(node) === 'synthetic');
  assert.deepEqual(differences(expected.nodes, counted.nodes), []);
  assert.deepEqual(differences(expected.edges, counted.edges), []);
  assert.deepEqual(namedRootsOf(ours), rootNamesOf(original));
}

async function checkReaders(snapshot) {
  const devTools = await loadSnapshot(snapshot.file);
  assert.deepEqual(devTools.warnings, []);
  const memlab = await readWithMemlab(snapshot.file);
  for (const reader of [devTools, memlab]) {
    assert.equal(String(reader.nodeCount), snapshot.node_count);
    assert.equal(String(reader.edgeCount), snapshot.edge_count);
    assert.equal(
        String(reader.rootRetainedSize), snapshot.total_self_size_bytes);
  }
  assert.equal(memlab.ids.size, devTools.nodeCount);
  for (const node of devTools.nodes()) assert.ok(memlab.ids.has(node.id));
  return devTools;
}

// DevTools splits the class `Object` by the properties of its objects; all
// other rows must be those of the panel, and `Object` as it is before that
// split.
async function checkComparison(daemon, base, current, loaded) {
  const rows =
      await compareWithHeapctl(daemon, base.snapshot, current.snapshot);
  const [a, b] = [loaded.get(base), loaded.get(current)];
  assert.deepEqual(rows, compare(a, b, {splitPlainObjects: false}));
  const isSplit = row => row.class === 'Object' || row.class.startsWith('{');
  assert.deepEqual(
      rows.filter(row => !isSplit(row)),
      compare(a, b).filter(row => !isSplit(row)));
  return rows;
}

test('Three recorded states are replayed', async t => {
  const daemon = await startDaemon(t);
  const snapshots = await replay(t, daemon);
  assert.equal(snapshots.length, STATES.length);
  const originals = temporaryDir(t);
  const loaded = new Map();

  for (const [i, snapshot] of snapshots.entries()) {
    const state = STATES[i];
    await t.test(`State ${state}: the file keeps every rule`, () => {
      assert.equal(snapshot.state, 'SNAPSHOT_STATE_READY');
      const text = fs.readFileSync(snapshot.file, 'latin1');
      assert.deepEqual(validate(text, {heapd: true}), []);
    });
    await t.test(`State ${state}: nodes and edges by class are those of the ` +
                     `original`,
                 () => checkGraph(unpackRecorded(state, originals), snapshot));
    await t.test(`State ${state}: DevTools and memlab read it`, async () => {
      loaded.set(snapshot, await checkReaders(snapshot));
    });
  }

  const [first, second, third] = snapshots;
  for (const [base, current, grown] of [
           [first, second, 400], [first, third, 800], [second, third, 400]]) {
    await t.test(`The leak grows by ${grown}, in DevTools as in heapctl`,
                 async () => {
      const rows = await checkComparison(daemon, base, current, loaded);
      for (const name of LEAKED) {
        const row = rows.find(({class: found}) => found === name);
        assert.equal(row.countDelta, grown);
      }
    });
  }
});
