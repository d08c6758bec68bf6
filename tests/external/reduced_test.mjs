// Reduced snapshots and tags: what readers that are not ours make of them.

import assert from 'node:assert/strict';
import path from 'node:path';
import fs from 'node:fs';
import {test} from 'node:test';

import {startDaemon} from './lib/daemon.mjs';
import {recordedPath, temporaryDir} from './lib/data.mjs';
import {loadSnapshot} from './lib/devtools.mjs';
import {heapctl} from './lib/heapctl.mjs';
import {readWithMemlab} from './lib/memlab.mjs';
import {validate} from './lib/validator.mjs';

const TAG = 'GET /orders 502';

function rowOf(rows, name) {
  return rows.find(row => row.class === name);
}

// What the Allocation view lists: {name, count, size}, from DevTools' own code.
function allocationsOf(devTools) {
  return devTools.model.allocationTracesTops().map(
      top => ({name: top.name, count: top.count, size: top.size}));
}

test('Reduced snapshots open, and show what was asked for', async t => {
  const daemon = await startDaemon(t);
  await heapctl(
      daemon, 'import', recordedPath(2), '--heap', 'leaky', '--create',
      '--tag', TAG);
  const take = async (...options) => {
    const snapshot = await heapctl(
        daemon, 'snapshot', 'create', 'leaky', '--wait', ...options);
    const file = path.join(
        daemon.snapshotDir, `${snapshot.snapshot}.heapsnapshot`);
    const text = fs.readFileSync(file, 'utf8');
    assert.deepEqual(validate(text, {heapd: true}), []);
    const devTools = await loadSnapshot(file);
    assert.deepEqual(devTools.warnings, []);
    const memlab = await readWithMemlab(file);
    assert.equal(memlab.nodeCount, devTools.nodeCount);
    assert.equal(memlab.edgeCount, devTools.edgeCount);
    return {snapshot, devTools, memlab, text};
  };
  const whole = await take();
  const objectCount = Number(whole.snapshot.node_count);
  const distanceOf = (reader, name) =>
      rowOf(reader.devTools.summary(), name).distance;

  await t.test('by class', async () => {
    const reduced = await take('--class', 'UpstreamError');
    const row = rowOf(reduced.devTools.summary(), 'UpstreamError');
    assert.equal(row.count, 800);
    assert.equal(reduced.memlab.classCounts.get('UpstreamError'), 800);
    // On the way there, and nothing behind it.
    assert.equal(rowOf(reduced.devTools.summary(), 'RequestContext'), undefined);
    assert.ok(reduced.devTools.nodeCount < 1_000);
    assert.equal(
        distanceOf(reduced, 'UpstreamError'),
        distanceOf(whole, 'UpstreamError'));
    assert.ok(Number(reduced.snapshot.left_out_object_count) > 60_000);
  });

  await t.test('by tag', async () => {
    const reduced = await take('--tag', TAG);
    assert.equal(rowOf(reduced.devTools.summary(), 'UpstreamError').count, 800);
    // What was imported has it, but for strings that are interned.
    assert.ok(reduced.devTools.nodeCount > 60_000);
    assert.ok(reduced.devTools.nodeCount <= objectCount);
    const none = await take('--tag', 'no such tag');
    assert.equal(none.devTools.nodeCount, 4);
  });

  await t.test('by what is retained', async () => {
    const reduced = await take('--min-retained', '10000');
    for (const node of reduced.devTools.nodes()) {
      assert.ok(node.distance >= 0);
    }
    assert.ok(reduced.devTools.nodeCount < objectCount / 10);
  });

  await t.test('by depth', async () => {
    const reduced = await take('--max-depth', '2');
    // The root, "(GC roots)" and its groups stand before: distance 3 is held.
    for (const node of reduced.devTools.nodes()) {
      assert.ok(node.distance <= 5, `${node.class} at ${node.distance}`);
    }
    assert.ok(reduced.devTools.nodeCount > 10);
  });

  await t.test('DevTools shows tags as allocation stacks', () => {
    const allocations = allocationsOf(whole.devTools);
    const row = allocations.find(allocation => allocation.name === TAG);
    assert.ok(row, JSON.stringify(allocations));
    assert.ok(row.count > 10_000);
    const error = rowOf(whole.devTools.summary(), 'UpstreamError');
    assert.ok(error.count <= row.count);
  });
});
