// A client that is not ours against the published proto: @grpc/grpc-js with
// @grpc/proto-loader, one life of a heap from its creation to a snapshot.

import assert from 'node:assert/strict';
import crypto from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import {test} from 'node:test';

import {Batch, local, smallInteger, weak} from './lib/batch.mjs';
import {startDaemon} from './lib/daemon.mjs';
import {temporaryDir} from './lib/data.mjs';
import {loadSnapshot} from './lib/devtools.mjs';
import {collect, connect, refused, status} from './lib/grpc.mjs';
import {validate} from './lib/validator.mjs';

const HEAP = 'grpc-js';
const HEAP_LIMIT_BYTES = 64 << 20;

// What a slot holds; undefined for null.
function contentOf(value) {
  return value?.kind && value[value.kind];
}

// A daemon with a heap, a session and a type, and what calls need of them.
async function setUp(t) {
  const daemon = await startDaemon(t);
  const stub = (service, address = daemon.dataAddress) =>
      connect(t, address, `heapd.v1.${service}`);
  const heaps = stub('HeapService');
  const objects = stub('ObjectService');
  const collector = stub('CollectorService');
  await heaps.CreateHeap({heap: HEAP, limit_bytes: HEAP_LIMIT_BYTES});
  const {session} = await objects.OpenSession(
      {heap: HEAP, time_to_live: {seconds: 60}, label: 'grpc-js'});
  const {type} = await objects.DefineType(
      {heap: HEAP, type: {name: 'Node', slot_names: ['next', 'other']}});
  // Requests that name the heap, and those that name the session too.
  const inHeap = fields => ({heap: HEAP, ...fields});
  const inSession = fields => ({heap: HEAP, session, ...fields});
  return {
    daemon,
    heaps,
    objects,
    collector,
    type,
    inHeap,
    inSession,
    apply: batch => objects.Apply(inSession({batch: batch.build()})),
    collectHeap: async () =>
        (await collector.CollectHeap(inHeap({}))).collection,
  };
}

test('The heap says what it was created with', async t => {
  const {heaps, inHeap} = await setUp(t);
  const {heap} = await heaps.GetHeap(inHeap({}));
  assert.equal(heap.heap, HEAP);
  assert.equal(heap.limit_bytes, String(HEAP_LIMIT_BYTES));
  assert.equal(heap.session_count, '1');
  await refused(
      heaps.CreateHeap({heap: HEAP}), status.ALREADY_EXISTS, 'HEAP_EXISTS');
  await refused(
      heaps.GetHeap({heap: 'absent'}), status.NOT_FOUND, 'HEAP_NOT_FOUND');
  const {BadRequest} = await refused(
      heaps.CreateHeap({heap: 'Not A Name'}), status.INVALID_ARGUMENT,
      'INVALID_FIELD');
  assert.equal(BadRequest.field_violations[0].field, 'heap');
});

test('What is written is read, for any bytes', async t => {
  const {objects, type, inHeap, inSession} = await setUp(t);
  const payload = Buffer.from([0, 0xff, 0xc3, 0x28, 0]);
  const {ref} = await objects.AllocateObject(
      inSession({type, payload, slot_count: 3}));
  assert.ok(BigInt(ref) > 0n);
  await objects.WriteObject(
      inHeap({ref, payload_offset: 1, payload: Buffer.from([7])}));
  const {former_value: former} = await objects.LinkObject(
      inHeap({ref, slot: 2, value: {small_integer: -5}}));
  assert.equal(contentOf(former), undefined);
  await objects.LinkObject(inHeap({ref, slot: 0, value: {weak_ref: ref}}));
  const read = await objects.ReadObject(inHeap({ref}));
  assert.deepEqual(read.payload, Buffer.from([0, 7, 0xc3, 0x28, 0]));
  assert.equal(read.type_name, 'Node');
  assert.deepEqual(read.values.map(contentOf), [ref, undefined, -5]);
  const unlinked = await objects.UnlinkObject(inHeap({ref, slot: 2}));
  assert.equal(contentOf(unlinked.former_value), -5);
  await refused(
      objects.LinkObject(inHeap({ref, slot: 3, value: {small_integer: 1}})),
      status.INVALID_ARGUMENT, 'INVALID_FIELD');
});

test('A batch builds a graph whose operations name each other', async t => {
  const {apply, objects, type, inHeap} = await setUp(t);
  const batch = new Batch();
  const tail = batch.allocate(type, {slots: 2, payload: 'tail'});
  const head = batch.allocate(
      type, {values: [local(tail), smallInteger(-1)], payload: 'head'});
  batch.link(local(tail), 0, local(head));
  batch.root('chain', local(head));
  batch.readPayload(local(tail));
  batch.readSlot(local(head), 1);
  const {result} = await apply(batch);
  assert.equal(result.refs.length, 2);
  assert.equal(String(result.payloads), 'tail');
  assert.deepEqual(result.values, [smallInteger(-1)]);
  const {ref} = await objects.GetRoot(inHeap({name: 'chain'}));
  assert.equal(ref, result.refs[1]);

  const graph = await objects.Traverse(
      inHeap({roots: ['chain'], include_payloads: true}));
  assert.deepEqual(graph.refs, [result.refs[1], result.refs[0]]);
  assert.deepEqual(graph.depths, [0, 1]);
  assert.equal(String(graph.payloads), 'headtail');
  assert.deepEqual(
      graph.values, [result.refs[0], smallInteger(-1), result.refs[1], '0']);
  assert.equal(graph.truncated, false);
});

test('A batch that fails names its operation and changes nothing', async t => {
  const {apply, heaps, objects, type, inHeap} = await setUp(t);
  const batch = new Batch();
  const object = batch.allocate(type, {slots: 1});
  batch.root('half', local(object));
  batch.link(local(object), 1, '0');
  const {ErrorInfo} = await refused(
      apply(batch), status.INVALID_ARGUMENT, 'INVALID_FIELD');
  assert.equal(ErrorInfo.metadata.operation, '2');
  await refused(
      objects.GetRoot(inHeap({name: 'half'})), status.NOT_FOUND,
      'ROOT_NOT_FOUND');
  assert.equal((await heaps.GetHeap(inHeap({}))).heap.object_count, '0');
});

test('A pipeline answers in order and outlives a batch that fails', async t => {
  const {objects, type, inSession} = await setUp(t);
  const good = new Batch();
  good.allocate(type);
  const bad = new Batch();
  bad.allocate(type + 1000);
  const stream = objects.Pipeline();
  for (const batch of [good, bad, good]) {
    stream.write(inSession({batch: batch.build()}));
  }
  stream.end();
  const answers = await collect(stream);
  assert.deepEqual(
      answers.map(answer => answer.outcome), ['result', 'error', 'result']);
  assert.equal(answers[1].error.code, status.NOT_FOUND);
  assert.notEqual(answers[0].result.refs[0], answers[2].result.refs[0]);
});

test('A retry with the same request id is applied once', async t => {
  const {heaps, objects, type, inHeap, inSession} = await setUp(t);
  const request = inSession({type, request_id: 'once'});
  const first = await objects.AllocateObject(request);
  const second = await objects.AllocateObject(request);
  assert.equal(second.ref, first.ref);
  assert.equal((await heaps.GetHeap(inHeap({}))).heap.object_count, '1');
  await refused(
      objects.AllocateObject({...request, slot_count: 9}),
      status.INVALID_ARGUMENT, 'REQUEST_ID_REUSED');
});

test('A ref to a collected object is told apart from all others', async t => {
  const {apply, collectHeap, objects, type, inHeap, inSession} =
      await setUp(t);
  const batch = new Batch();
  const kept = batch.allocate(type, {slots: 2, payload: 'kept'});
  const lost = batch.allocate(type, {payload: 'lost'});
  batch.root('kept', local(kept));
  batch.link(local(kept), 1, weak(local(lost)));
  const {refs} = (await apply(batch)).result;
  await objects.ReleaseObject(inSession({refs}));

  const collection = await collectHeap();
  assert.equal(collection.object_count_before, '2');
  assert.equal(collection.object_count_after, '1');
  assert.equal(collection.cleared_weak_slot_count, '1');
  const {ErrorInfo} = await refused(
      objects.ReadObject(inHeap({ref: refs[lost]})), status.NOT_FOUND,
      'OBJECT_COLLECTED');
  assert.equal(ErrorInfo.metadata.ref, refs[lost]);
  const read = await objects.ReadObject(inHeap({ref: refs[kept]}));
  assert.equal(String(read.payload), 'kept');
  assert.equal(contentOf(read.values[1]), undefined);

  // The index is used again, the ref is not.
  const {ref} = await objects.AllocateObject(inSession({type}));
  assert.notEqual(ref, refs[lost]);
  await refused(
      objects.ReadObject(inHeap({ref: refs[lost]})), status.NOT_FOUND,
      'OBJECT_COLLECTED');
});

test('What a closed session held is collected, a root is not', async t => {
  const {apply, collectHeap, objects, type, inHeap, inSession} =
      await setUp(t);
  const batch = new Batch();
  batch.root('kept', local(batch.allocate(type)));
  batch.allocateString('only the session held this');
  await apply(batch);
  await objects.CloseSession(inSession({}));
  assert.equal((await collectHeap()).object_count_after, '1');
  await objects.UnrootObject(inHeap({name: 'kept'}));
  assert.equal((await collectHeap()).object_count_after, '0');
  await refused(
      objects.AllocateObject(inSession({type})), status.NOT_FOUND,
      'SESSION_EXPIRED');
});

test('Snapshots need the token', async t => {
  const {daemon, inHeap} = await setUp(t);
  const snapshots = token => connect(
      t, daemon.operationsAddress, 'heapd.v1.SnapshotService', {token});
  const methods = {
    CreateSnapshot: inHeap({}),
    GetSnapshot: {snapshot: 'any'},
    ListSnapshots: {},
    DeleteSnapshot: {snapshot: 'any'},
    CompareSnapshots: {base_snapshot: 'any', snapshot: 'any'},
  };
  for (const [method, request] of Object.entries(methods)) {
    await refused(
        snapshots()[method](request), status.UNAUTHENTICATED,
        'CREDENTIALS_MISSING');
    await refused(
        snapshots(`${daemon.token}x`)[method](request), status.UNAUTHENTICATED,
        'CREDENTIALS_INVALID');
  }
  for (const method of ['WatchSnapshot', 'DownloadSnapshot']) {
    await refused(
        collect(snapshots()[method]({snapshot: 'any'})),
        status.UNAUTHENTICATED, 'CREDENTIALS_MISSING');
  }
  assert.deepEqual((await snapshots(daemon.token).ListSnapshots({})).snapshots,
                   []);
});

test('With the token a snapshot is taken, described and downloaded',
     async t => {
  const {apply, daemon, heaps, type, inHeap} = await setUp(t);
  const batch = new Batch();
  const tail = batch.allocate(type, {payload: 'tail'});
  batch.root('chain', local(batch.allocate(type, {values: [local(tail)]})));
  await apply(batch);
  const snapshots = connect(
      t, daemon.operationsAddress, 'heapd.v1.SnapshotService',
      {token: daemon.token});
  const {snapshot: started} =
      await snapshots.CreateSnapshot(inHeap({label: '../../label'}));
  const watched =
      await collect(snapshots.WatchSnapshot({snapshot: started.snapshot}));
  const {snapshot} = watched.at(-1);
  assert.equal(snapshot.state, 'SNAPSHOT_STATE_READY', snapshot.error);
  assert.equal(snapshot.label, '../../label');
  assert.equal(snapshot.requested_by, 'token:tests');

  const pieces =
      await collect(snapshots.DownloadSnapshot({snapshot: snapshot.snapshot}));
  const bytes = Buffer.concat(pieces.map(piece => piece.data));
  assert.equal(String(bytes.length), snapshot.size_bytes);
  assert.equal(
      crypto.createHash('sha256').update(bytes).digest('hex'),
      snapshot.sha256);
  assert.deepEqual(
      bytes,
      fs.readFileSync(path.join(
          daemon.snapshotDir, `${snapshot.snapshot}.heapsnapshot`)));
  assert.deepEqual(validate(String(bytes), {heapd: true}), []);

  const file = path.join(temporaryDir(t), 'downloaded.heapsnapshot');
  fs.writeFileSync(file, bytes);
  const devTools = await loadSnapshot(file);
  assert.deepEqual(devTools.warnings, []);
  assert.equal(
      devTools.summary().find(row => row.class === 'Node').count, 2);
  assert.equal(
      String(devTools.rootRetainedSize), snapshot.total_self_size_bytes);
  assert.equal(
      String(devTools.rootRetainedSize),
      (await heaps.GetHeap(inHeap({}))).heap.used_bytes);
});

// Watches the health of the empty name: `seen` grows with each answer,
// `serving` is settled by the first SERVING, `ended` by the end of the stream.
function watchHealth(health) {
  const seen = [];
  const watch = health.Watch({service: ''});
  const serving = new Promise(resolve => {
    watch.on('data', message => {
      seen.push(message.status);
      if (message.status === 'SERVING') resolve();
    });
  });
  const ended = new Promise(resolve => {
    // It may end with an error: the daemon goes away.
    watch.on('error', resolve).on('end', resolve);
  });
  return {seen, serving, ended};
}

test('Health is answered for the empty name until the daemon stops',
     async t => {
  const {daemon} = await setUp(t);
  const watches = [];
  for (const address of [daemon.livenessAddress, daemon.readinessAddress]) {
    const health = connect(t, address, 'grpc.health.v1.Health');
    const watch = watchHealth(health);
    await Promise.race([watch.serving, watch.ended]);
    assert.equal(watch.seen.at(-1), 'SERVING');
    assert.equal((await health.Check({service: ''})).status, 'SERVING');
    await assert.rejects(
        health.Check({service: 'absent'}),
        error => error.code === status.NOT_FOUND);
    watches.push(watch);
  }
  assert.equal(await daemon.stop(), 0, daemon.log);
  const [, readiness] = watches;
  await readiness.ended;
  assert.equal(readiness.seen.at(-1), 'NOT_SERVING');
});

test('Reflection lists the services and describes them', async t => {
  const {daemon} = await setUp(t);
  const reflection = connect(
      t, daemon.operationsAddress,
      'grpc.reflection.v1alpha.ServerReflection');
  const stream = reflection.ServerReflectionInfo();
  stream.write({list_services: ''});
  stream.write({file_containing_symbol: 'heapd.v1.SnapshotService'});
  stream.end();
  const [list, file] = await collect(stream);
  const names =
      list.list_services_response.service.map(service => service.name);
  for (const service of ['HeapService', 'CollectorService',
                         'SnapshotService']) {
    assert.ok(names.includes(`heapd.v1.${service}`), names.join());
  }
  assert.ok(file.file_descriptor_response.file_descriptor_proto.length > 0);
});
