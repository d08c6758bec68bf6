// Three daemons behind HAProxy with the configuration of deploy/haproxy: what
// the balancer sees and what clients hear when one is drained, one is killed,
// one has too much to do, and all are replaced under load.

import assert from 'node:assert/strict';
import {test} from 'node:test';
import {setTimeout as sleep} from 'node:timers/promises';

import {startDaemon} from './lib/daemon.mjs';
import {connect, refused, status} from './lib/grpc.mjs';
import {noHaproxy, serverOf, startHaproxy} from './lib/haproxy.mjs';
import {assertAllAnswered, heapload, RESILIENT} from './lib/heapload.mjs';

const HEAPS = Array.from({length: 12}, (_, index) => `heap-${index}`);
const SMALL = ['--profile', 'cache', '--live', '200', '--limit', '8MiB'];
const skip = noHaproxy();

async function startAll(t, ...flags) {
  const daemons = await Promise.all(
      [0, 1, 2].map(() => startDaemon(t, ...flags)));
  return {daemons, haproxy: await startHaproxy(t, daemons)};
}

// The heap service as a client that names the heap in metadata reaches it.
const heapsAt = (t, address, heap) =>
    connect(t, address, 'heapd.v1.HeapService', {heap});

async function create(t, haproxy, ...heaps) {
  for (const heap of heaps) {
    await heapsAt(t, haproxy.address, heap)
        .CreateHeap({heap, limit_bytes: String(4 << 20)});
  }
}

// The heaps that a daemon has, by itself.
async function heapsOf(t, daemon) {
  const {heaps} = await heapsAt(t, daemon.dataAddress).ListHeaps({});
  return heaps.map(({heap}) => heap);
}

test('calls that name their heap reach the daemon that has it', {skip},
     async t => {
  const {daemons, haproxy} = await startAll(t);
  await create(t, haproxy, ...HEAPS);
  const places = await haproxy.places();
  for (const [index, daemon] of daemons.entries()) {
    const own = HEAPS.filter(heap => places[heap] === index);
    assert.ok(own.length > 0, `${index} of three has none`);
    assert.deepEqual((await heapsOf(t, daemon)).sort(), own.sort());
  }
  for (const heap of HEAPS) {
    const stub = heapsAt(t, haproxy.address, heap);
    for (let call = 0; call < 4; ++call) await stub.GetHeap({heap});
  }
});

// Why the metadata is needed.
test('calls that do not name it reach any daemon', {skip}, async t => {
  const {haproxy} = await startAll(t);
  await create(t, haproxy, 'heap-0');
  const unnamed = heapsAt(t, haproxy.address);
  const answers = await Promise.allSettled(
      Array.from({length: 9}, () => unnamed.GetHeap({heap: 'heap-0'})));
  const failed = answers.filter(({status}) => status === 'rejected');
  assert.ok(failed.length > 0);
  await refused(Promise.reject(failed[0].reason), status.NOT_FOUND, 'HEAP_NOT_FOUND');
});

test('one that is drained gets no new heaps, then none at all', {skip},
     async t => {
  const {daemons, haproxy} =
      await startAll(t, '--shutdown.readiness_delay', '6s');
  const load = heapload(
      t, haproxy.address, 'kept', ...SMALL, '--schedule', 'constant:100',
      '--duration', '12s', ...RESILIENT);
  await haproxy.until(async () => 'kept' in await haproxy.places(), 'a place');
  const index = (await haproxy.places()).kept;
  const server = serverOf('heapd', index);
  const stopped = daemons[index].stop();
  await haproxy.until(
      async () =>
          (await haproxy.servers())[serverOf('heapd_ready', index)] === 'DOWN',
      'readiness is noticed');
  // It still serves what it has, and gets nothing new.
  assert.equal((await haproxy.servers())[server], 'UP');
  await heapsAt(t, haproxy.address, 'kept').GetHeap({heap: 'kept'});
  assert.equal((await haproxy.places()).kept, index);
  await create(t, haproxy, ...HEAPS);
  const places = await haproxy.places();
  assert.ok(HEAPS.every(heap => places[heap] !== index),
            JSON.stringify(places));
  // Then it is gone, and its heap is made anew elsewhere.
  assert.equal(await stopped, 0);
  await haproxy.until(
      async () => (await haproxy.servers())[server] === 'DOWN', 'its end');
  assertAllAnswered(await load);
  assert.notEqual((await haproxy.places()).kept, index);
});

test('one that is killed costs its own heaps only', {skip}, async t => {
  const {daemons, haproxy} = await startAll(t);
  await create(t, haproxy, ...HEAPS);
  const places = await haproxy.places();
  const [lost] = HEAPS;
  const other = HEAPS.find(heap => places[heap] !== places[lost]);
  const run = (heap, ...more) => heapload(
      t, haproxy.address, heap, ...SMALL, '--schedule', 'constant:100',
      '--duration', '8s', ...more);
  const loads = Promise.all([
    run(other, '--deadline', '5s'), run(lost, ...RESILIENT),
  ]);
  await sleep(2_000);
  await daemons[places[lost]].kill();
  const [calm, rebuilt] = await loads;
  assertAllAnswered(calm);
  assertAllAnswered(rebuilt);
  assert.ok(rebuilt.retries > 0);
  const servers = await haproxy.servers();
  for (const backend of ['heapd', 'heapd_ready']) {
    assert.equal(servers[serverOf(backend, places[lost])], 'DOWN');
  }
  assert.notEqual((await haproxy.places())[lost], places[lost]);
  // Who only asks hears that the heap is gone.
  const second = HEAPS.find(
      heap => heap !== lost && places[heap] === places[lost]);
  if (second !== undefined) {
    await refused(
        heapsAt(t, haproxy.address, second).GetHeap({heap: second}),
        status.NOT_FOUND, 'HEAP_NOT_FOUND');
  }
});

test('one that has too much to do keeps its heaps and gets no new ones',
     {skip}, async t => {
  // Each call costs a collection and a check of the heap, so that a client on
  // the same machine can ask for too much.
  const {haproxy} = await startAll(
      t, '--limits.max_in_flight_calls', '64', '--stress.collection_interval',
      '64', '--stress.verify_heap', 'true', '--readiness.max_full', '300ms');
  await create(t, haproxy, ...HEAPS);
  const before = await haproxy.places();
  const [busy] = HEAPS;
  const index = before[busy];
  const other = HEAPS.find(heap => before[heap] !== index);
  const burst = heapload(
      t, haproxy.address, busy, '--profile', 'churn', '--live', '20000',
      '--schedule', 'constant:3000', '--duration', '8s', '--deadline', '1s');
  const calm = heapload(
      t, haproxy.address, other, ...SMALL, '--batch', '8', '--schedule',
      'constant:10', '--duration', '8s', '--deadline', '8s');
  await haproxy.until(
      async () =>
          (await haproxy.servers())[serverOf('heapd_ready', index)] === 'DOWN',
      'readiness is noticed');
  assert.equal((await haproxy.servers())[serverOf('heapd', index)], 'UP');
  await create(t, haproxy, 'new-0', 'new-1', 'new-2', 'new-3');
  const after = await haproxy.places();
  assert.deepEqual(
      Object.keys(after).filter(
          heap => heap.startsWith('new') && after[heap] === index),
      []);
  const calls = await burst;
  assert.ok(calls.errors.OVERLOADED > 0, JSON.stringify(calls));
  const documented = ['OVERLOADED', 'DEADLINE_EXCEEDED', 'EXPIRED_UNSENT'];
  assert.deepEqual(
      Object.keys(calls.errors).filter(name => !documented.includes(name)), [],
      JSON.stringify(calls));
  assertAllAnswered(await calm);
  // It stayed in all the time, and comes back for new heaps.
  assert.equal((await haproxy.places())[busy], index);
  await haproxy.until(
      async () => Object.values(await haproxy.servers())
                      .every(status => status === 'UP'),
      'it is ready again');
});

test('all are replaced under load without a call that fails', {skip},
     async t => {
  const {daemons, haproxy} =
      await startAll(t, '--shutdown.readiness_delay', '2s');
  const loads = Promise.all(['first', 'second', 'third'].map(
      heap => heapload(
          t, haproxy.address, heap, ...SMALL, '--schedule', 'constant:100',
          '--duration', '20s', ...RESILIENT)));
  await sleep(1_000);
  for (const daemon of daemons) {
    assert.equal(await daemon.stop(), 0);
    await daemon.start(['--shutdown.readiness_delay', '2s']);
    await haproxy.until(
        async () => Object.values(await haproxy.servers())
                        .every(status => status === 'UP'),
        'the new one is up');
  }
  const calls = await loads;
  calls.forEach(assertAllAnswered);
  assert.ok(calls.some(({retries}) => retries > 0), 'no call met a restart');
});
