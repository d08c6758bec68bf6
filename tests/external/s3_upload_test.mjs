// heapd stores snapshots in an S3 store that is not ours and that verifies
// signatures.

import assert from 'node:assert/strict';
import crypto from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import {test} from 'node:test';
import zlib from 'node:zlib';

import {startDaemon} from './lib/daemon.mjs';
import {recordedPath, temporaryDir} from './lib/data.mjs';
import {connect} from './lib/grpc.mjs';
import {heapctl} from './lib/heapctl.mjs';
import {noRadosgw, startRadosgw} from './lib/radosgw.mjs';
import {validate} from './lib/validator.mjs';

const BUCKET = 'heaps';
const PREFIX = 'tests/one/';

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

  await t.test('a wrong secret is refused and said', async t => {
    const other = await startWith(t, store, 'not-the-secret');
    await heapctl(
        other, 'replay', '--heap', 'leaky', '--create', recordedPath(1));
    await assert.rejects(take(other), /HTTP 403/);
    assert.ok(!other.log.includes('not-the-secret'));
    assert.ok(!other.log.includes('Signature='));
  });
});
