// A service leaks until its heap is full: heapd has then taken a snapshot by
// itself, and that is whole and opens.

import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import {test} from 'node:test';
import {setTimeout as sleep} from 'node:timers/promises';

import {startDaemon, withDeadline} from './lib/daemon.mjs';
import {loadSnapshot} from './lib/devtools.mjs';
import {heapctl} from './lib/heapctl.mjs';
import {heapload} from './lib/heapload.mjs';

// HEAPD_NEAR_LIMIT_ROUNDS: how often a heap is filled.
const ROUNDS = Number(process.env.HEAPD_NEAR_LIMIT_ROUNDS ?? 3);
const HEAP = 'leaky';
const HEAP_LIMIT = '8MiB';
const READY_MILLISECONDS = 30_000;

// Fills the heap within a second or two and then goes on, so that the snapshot
// is taken while every call asks for memory that is not there: heapd looks once
// a second, and what a service held is garbage when that is gone.
async function leak(t, daemon, seed) {
  const calls = await heapload(
      t, daemon.dataAddress, HEAP, '--profile', 'leak', '--leak-every', '1',
      '--batch', '200', '--payload', '16', '--limit', HEAP_LIMIT, '--live',
      '500', '--schedule', 'constant:400', '--duration', '4s', '--seed',
      String(seed), '--keep');
  assert.ok(calls.errors.HEAP_LIMIT > 0, JSON.stringify(calls));
}

async function finishedSnapshot(daemon) {
  while (true) {
    const [snapshot] = await heapctl(daemon, 'snapshot', 'list');
    if (snapshot && snapshot.state !== 'SNAPSHOT_STATE_WRITING') return snapshot;
    await sleep(50);
  }
}

async function assertWhole(daemon, snapshot) {
  assert.equal(snapshot.state, 'SNAPSHOT_STATE_READY', daemon.log);
  assert.equal(snapshot.trigger, 'SNAPSHOT_TRIGGER_NEAR_LIMIT');
  const file = path.join(daemon.snapshotDir, snapshot.snapshot);
  const devTools = await loadSnapshot(`${file}.heapsnapshot`);
  assert.deepEqual(devTools.warnings, []);
  assert.equal(devTools.nodeCount, Number(snapshot.node_count));
  assert.equal(devTools.edgeCount, Number(snapshot.edge_count));
  const manifest =
      JSON.parse(fs.readFileSync(`${file}.manifest.json`, 'utf8'));
  assert.equal(manifest.node_count, devTools.nodeCount);
  const counts = devTools.summary().map(({count}) => count);
  const most = Math.max(...counts);
  assert.ok(most > 10_000, `there are ${most} of what leaked`);
}

test('A heap that fills leaves a snapshot that opens', async t => {
  for (let round = 1; round <= ROUNDS; ++round) {
    await t.test(`Round ${round}`, async t => {
      const daemon = await startDaemon(
          t, '--snapshots.near_limit_count', '1');
      await leak(t, daemon, round);
      const snapshot = await withDeadline(
          finishedSnapshot(daemon), READY_MILLISECONDS,
          () => `no snapshot:\n${daemon.log}`);
      await assertWhole(daemon, snapshot);
      assert.equal(await daemon.stop(), 0);
    });
  }
});
