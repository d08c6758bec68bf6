// heapd stores snapshots in an S3 store that is not ours and that verifies
// signatures, and leaves nothing there that is not whole when it is killed.

import assert from 'node:assert/strict';
import {spawn, spawnSync} from 'node:child_process';
import crypto from 'node:crypto';
import {once} from 'node:events';
import fs from 'node:fs';
import path from 'node:path';
import {test} from 'node:test';
import {setTimeout} from 'node:timers/promises';
import zlib from 'node:zlib';

import {startDaemon} from './lib/daemon.mjs';
import {recordedPath, temporaryDir} from './lib/data.mjs';
import {connect, errorDetails} from './lib/grpc.mjs';
import {heapctl} from './lib/heapctl.mjs';
import {buildDir} from './lib/packages.mjs';
import {noRadosgw, startRadosgw} from './lib/radosgw.mjs';
import {validate} from './lib/validator.mjs';

const BUCKET = 'heaps';
const PREFIX = 'tests/one/';

// HEAPD_KILL_ROUNDS: how often a process that uploads is killed.
const KILL_ROUNDS = Number(process.env.HEAPD_KILL_ROUNDS ?? 12);
const MAX_UPLOAD_MILLISECONDS = 700;
// How many snapshots are cancelled, each a little later than the one before.
const CANCEL_ROUNDS = 20;
const LIST_MILLISECONDS = 90_000;

const sha256 = data => crypto.createHash('sha256').update(data).digest('hex');

// A daemon with the destination "ceph" in `store`, whose keys it finds in its
// environment.
async function startWith(t, store, secretKey = store.secretKey) {
  const state = temporaryDir(t);
  Object.assign(process.env, {
    AWS_ACCESS_KEY_ID: store.accessKey,
    AWS_SECRET_ACCESS_KEY: secretKey,
  });
  t.after(() => {
    delete process.env.AWS_ACCESS_KEY_ID;
    delete process.env.AWS_SECRET_ACCESS_KEY;
  });
  return startDaemon(
      t, '--snapshots.state_directory', path.join(state, 'state'),
      '--snapshots.destinations',
      `{name: ceph, kind: s3, bucket: ${BUCKET}, prefix: ${PREFIX}, ` +
          `endpoint: '${store.endpoint}', part_size: 5MiB}`);
}

// Takes a snapshot into the store and gives what heapctl says of it.
function take(daemon, ...options) {
  return heapctl(
      daemon, 'snapshot', 'create', 'leaky', '--destination', 'ceph', '--wait',
      ...options);
}

async function objectOf(store, name) {
  const {status, body} =
      await store.request('GET', `/${BUCKET}/${PREFIX}${name}`);
  assert.equal(status, 200);
  return body;
}

test('snapshots are stored in radosgw', {skip: noRadosgw}, async t => {
  const store = await startRadosgw(t);
  assert.equal((await store.request('PUT', `/${BUCKET}`)).status, 200);
  const daemon = await startWith(t, store);
  await heapctl(
      daemon, 'replay', '--heap', 'leaky', '--create', recordedPath(1));
  let plain;

  await t.test('in parts, whole and valid', async () => {
    plain = await take(daemon);
    assert.equal(plain.state, 'SNAPSHOT_STATE_READY');
    assert.equal(plain.storage, 'ceph');
    assert.ok(Number(plain.size_bytes) > 5 << 20, 'it fits in one part');
    const body = await objectOf(store, `${plain.snapshot}.heapsnapshot`);
    assert.equal(body.length, Number(plain.size_bytes));
    assert.equal(sha256(body), plain.sha256);
    assert.deepEqual(validate(body.toString(), {heapd: true}), []);
    assert.deepEqual(await store.uploads(BUCKET), []);
  });

  await t.test('compressed', async () => {
    const packed = await take(daemon, '--compression', 'gzip');
    const body = await objectOf(store, `${packed.snapshot}.heapsnapshot.gz`);
    assert.equal(sha256(body), packed.sha256);
    assert.equal(
        zlib.gunzipSync(body).length, Number(packed.uncompressed_size_bytes));
  });

  await t.test('and those that are cancelled leave nothing', async t => {
    const service = connect(
        t, daemon.operationsAddress, 'heapd.v1.SnapshotService',
        {token: daemon.token});
    const before = (await store.keys(BUCKET)).sort();
    let cancelled = 0;
    for (let round = 0; round < CANCEL_ROUNDS; ++round) {
      const {snapshot: {snapshot}} = await service.CreateSnapshot(
          {heap: 'leaky', destination: 'ceph'});
      // From its beginning to its end, and a little longer.
      await setTimeout(round / CANCEL_ROUNDS * MAX_UPLOAD_MILLISECONDS);
      try {
        const answer = await service.CancelSnapshot({snapshot});
        assert.equal(answer.snapshot.state, 'SNAPSHOT_STATE_CANCELLED');
        ++cancelled;
      } catch (error) {
        assert.equal(errorDetails(error).ErrorInfo?.reason, 'SNAPSHOT_DONE');
        await service.DeleteSnapshot({snapshot});
      }
      assert.deepEqual(await store.uploads(BUCKET), []);
      assert.deepEqual((await store.keys(BUCKET)).sort(), before);
    }
    assert.ok(cancelled > 0, 'each was faster');
  });

  await t.test('and are downloaded, compared and deleted', async t => {
    const file = path.join(temporaryDir(t), 'again');
    await heapctl(
        daemon, 'snapshot', 'download', plain.snapshot, '--file', file);
    assert.equal(sha256(fs.readFileSync(file)), plain.sha256);
    assert.deepEqual(
        await heapctl(
            daemon, 'snapshot', 'compare', plain.snapshot, plain.snapshot),
        []);
    const service = connect(
        t, daemon.operationsAddress, 'heapd.v1.SnapshotService',
        {token: daemon.token});
    await service.DeleteSnapshot({snapshot: plain.snapshot});
    const left = await store.keys(BUCKET);
    assert.equal(left.length, 3);
    assert.ok(left.every(key => !key.includes(plain.snapshot)));
  });

  await t.test('a role that may only put is enough to store', async t => {
    const forbidden = {
      Version: '2012-10-17',
      Statement: [{
        Effect: 'Deny', Principal: '*',
        Action: ['s3:GetObject', 's3:ListBucket', 's3:DeleteObject'],
        Resource: [`arn:aws:s3:::${BUCKET}`, `arn:aws:s3:::${BUCKET}/*`],
      }],
    };
    const policy = await store.request(
        'PUT', `/${BUCKET}`, {policy: ''}, JSON.stringify(forbidden));
    assert.ok(policy.status < 300, String(policy.body));
    const name = `/${BUCKET}/${PREFIX}`;
    const other = await startWith(t, store);
    await heapctl(
        other, 'replay', '--heap', 'leaky', '--create', recordedPath(1));
    const snapshot = await take(other);
    const file = `${name}${snapshot.snapshot}.heapsnapshot`;
    assert.equal((await store.request('GET', file)).status, 403);
    await store.request('DELETE', `/${BUCKET}`, {policy: ''});
    assert.equal(
        sha256((await store.request('GET', file)).body), snapshot.sha256);
    assert.deepEqual(await store.uploads(BUCKET), []);
  });

  await t.test('a wrong secret is refused and said', async t => {
    const other = await startWith(t, store, 'not-the-secret');
    await heapctl(
        other, 'replay', '--heap', 'leaky', '--create', recordedPath(1));
    await assert.rejects(take(other), /HTTP 403/);
    assert.ok(!other.log.includes('not-the-secret'));
    assert.ok(!other.log.includes('Signature='));
  });
});

// What a process that stores snapshots has left there, killed after a random
// time: whether an upload was cut, and how many snapshots there are.
async function killOnce(store, bucket, state) {
  const program = path.join(buildDir, 'bin/e2e_tests');
  const victim = spawn(
      program, ['--upload-snapshots', store.endpoint, state],
      {stdio: 'ignore'});
  const ended = once(victim, 'close');
  await setTimeout(Math.random() * MAX_UPLOAD_MILLISECONDS);
  victim.kill('SIGKILL');
  await ended;
  const cut = (await store.uploads(bucket)).length > 0;

  const list = spawnSync(
      program, ['--list-uploads', store.endpoint, state],
      {encoding: 'utf8', timeout: LIST_MILLISECONDS});
  assert.equal(list.status, 0, list.stderr);
  assert.deepEqual(await store.uploads(bucket), []);
  assert.deepEqual(fs.readdirSync(state), []);
  const snapshots =
      list.stdout.split('\n').filter(Boolean).map(line => line.split(' '));
  const keys = await store.keys(bucket);
  const endings = ['.heapsnapshot', '.manifest.json', '.nodes'];
  assert.deepEqual(
      [...keys].sort(),
      snapshots.flatMap(([id]) => endings.map(e => `some/prefix/${id}${e}`))
          .sort());
  for (const [id, sum] of snapshots) {
    const {body} = await store.request(
        'GET', `/${bucket}/some/prefix/${id}.heapsnapshot`);
    assert.equal(sha256(body), sum);
  }
  for (const key of keys) await store.request('DELETE', `/${bucket}/${key}`);
  return {cut, whole: snapshots.length};
}

test('a process that is killed leaves what is whole', {skip: noRadosgw},
     async t => {
  // Bucket and keys of the uploading process of tests/e2e.
  const store =
      await startRadosgw(t, {accessKey: 'key', secretKey: 'secret'});
  assert.equal((await store.request('PUT', '/bucket')).status, 200);
  const state = path.join(temporaryDir(t), 'state');
  fs.mkdirSync(state);
  let cut = 0;
  let whole = 0;
  for (let round = 0; round < KILL_ROUNDS; ++round) {
    const left = await killOnce(store, 'bucket', state);
    cut += left.cut ? 1 : 0;
    whole += left.whole;
  }
  t.diagnostic(`${KILL_ROUNDS} killed: ${cut} uploads cut, ${whole} whole`);
  // Otherwise this has shown nothing.
  assert.ok(cut > 0, 'no upload was cut');
  assert.ok(whole > 0, 'no snapshot was stored');
});
