// Who may call, as others see it: tokens made by npm's jose, which shares no
// code with heapd, and TLS spoken by grpc-js with certificates made as
// server/README.md says.

import assert from 'node:assert/strict';
import {execFileSync} from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import {before, test} from 'node:test';

import {startDaemon} from './lib/daemon.mjs';
import {temporaryDir} from './lib/data.mjs';
import {connect, refused, status, tlsCredentials} from './lib/grpc.mjs';
import {repoRoot, requirePackage} from './lib/packages.mjs';

const ISSUER = 'https://issuer.test';
const AUDIENCE = 'heapd';
const ALGORITHMS = ['RS256', 'ES256', 'EdDSA'];

const jose = requirePackage('jose');

// The issuer's keys by algorithm; the `kid` is the algorithm's name.
const keys = {};
let keySet;

before(async () => {
  const publicKeys = [];
  for (const algorithm of [...ALGORITHMS, 'PS256']) {
    keys[algorithm] =
        await jose.generateKeyPair(algorithm, {extractable: true});
    publicKeys.push({
      ...await jose.exportJWK(keys[algorithm].publicKey),
      kid: algorithm,
      alg: algorithm,
      use: 'sig',
    });
  }
  keySet = JSON.stringify({keys: publicKeys});
});

// A token as the issuer makes them, with some things changed.
function makeToken({
  algorithm = 'ES256',
  kid = algorithm,
  key = keys[algorithm].privateKey,
  issuer = ISSUER,
  audience = AUDIENCE,
  expires = '10m',
  notBefore = '0s',
  header = {},
} = {}) {
  return new jose.SignJWT({groups: ['operators']})
      .setProtectedHeader({alg: algorithm, kid, typ: 'JWT', ...header})
      .setSubject('svc-a')
      .setIssuer(issuer)
      .setAudience(audience)
      .setIssuedAt()
      .setNotBefore(notBefore)
      .setExpirationTime(expires)
      .sign(key);
}

async function startWithIssuer(t) {
  const keysFile = path.join(temporaryDir(t), 'keys.json');
  fs.writeFileSync(keysFile, keySet);
  const daemon = await startDaemon(
      t, '--auth.jwt_keys_file', keysFile, '--auth.jwt_issuer', ISSUER,
      '--auth.jwt_audience', AUDIENCE);
  const list = token =>
      connect(
          t, daemon.operationsAddress, 'heapd.v1.SnapshotService', {token})
          .ListSnapshots({});
  return {daemon, list};
}

test('Tokens of the issuer are taken, whatever they are signed with', async t => {
  const {daemon, list} = await startWithIssuer(t);
  for (const algorithm of ALGORITHMS) {
    await list(await makeToken({algorithm}));
  }
  await list(await makeToken({audience: ['other', AUDIENCE]}));
  const token = await makeToken();
  await connect(t, daemon.dataAddress, 'heapd.v1.HeapService', {token})
      .CreateHeap({heap: 'shop', limit_bytes: 64 << 20});
  const {snapshot} =
      await connect(
          t, daemon.operationsAddress, 'heapd.v1.SnapshotService', {token})
          .CreateSnapshot({heap: 'shop'});
  assert.equal(snapshot.requested_by, 'jwt:svc-a');
});

test('Forged, foreign and stale tokens are refused', async t => {
  const {daemon, list} = await startWithIssuer(t);
  const good = await makeToken();
  const [header, claims, signature] = good.split('.');
  const altered = Buffer.from(JSON.stringify({
    ...JSON.parse(Buffer.from(claims, 'base64url')),
    sub: 'admin',
  })).toString('base64url');
  const rsaPem = await jose.exportSPKI(keys.RS256.publicKey);
  const rsaModulus = JSON.parse(keySet).keys[0].n;
  const seconds = offset => Math.floor(Date.now() / 1000) + offset;
  const bad = {
    'altered claims': [header, altered, signature].join('.'),
    'no signature': [header, claims, ''].join('.'),
    'alg none': new jose.UnsecuredJWT({groups: ['operators']})
        .setSubject('svc-a').setIssuer(ISSUER).setAudience(AUDIENCE)
        .setNotBefore('0s').setExpirationTime('10m').encode(),
    'HMAC with the public key': await makeToken({
      algorithm: 'HS256', kid: 'RS256', key: Buffer.from(rsaPem)}),
    'HMAC with the modulus': await makeToken({
      algorithm: 'HS256', kid: 'RS256', key: Buffer.from(rsaModulus)}),
    'a key of another algorithm': await makeToken({
      algorithm: 'PS256', kid: 'RS256'}),
    'an algorithm that is not taken': await makeToken({algorithm: 'PS256'}),
    'a key that is not in the set': await makeToken({kid: 'other'}),
    'the key of somebody else': await makeToken({
      key: (await jose.generateKeyPair('ES256')).privateKey}),
    'expired': await makeToken({expires: seconds(-120)}),
    'not valid yet': await makeToken({notBefore: seconds(120)}),
    'another audience': await makeToken({audience: 'other'}),
    'another issuer': await makeToken({issuer: 'https://evil.test'}),
    'cut': good.slice(0, -10),
    'garbage': 'a.b.c',
    'two parts': good.slice(0, good.lastIndexOf('.')),
  };
  for (const [what, token] of Object.entries(bad)) {
    await t.test(
        what,
        () => refused(
            list(token), status.UNAUTHENTICATED, 'CREDENTIALS_INVALID'));
  }
  await list(good);
  for (const token of [good, ...Object.values(bad)]) {
    assert.ok(!daemon.log.includes(token), 'a token is in the log');
  }
});

// Runs what server/README.md says about making certificates in `dir`.
function runReadme(dir) {
  const readme =
      fs.readFileSync(path.join(repoRoot, 'server/README.md'), 'utf8');
  const script = readme.match(/```\n(openssl req [^]*?)heapd --tls/)[1];
  execFileSync(
      'bash', ['-euo', 'pipefail', '-c', script],
      {cwd: dir, stdio: ['ignore', 'pipe', 'pipe']});
}

test('Certificates as the README makes them are taken by both sides', async t => {
  const dir = temporaryDir(t);
  runReadme(dir);
  const file = name => path.join(dir, name);
  const read = name => fs.readFileSync(file(name), 'utf8');
  const daemon = await startDaemon(
      t, '--tls.certificate_file', file('heapd.crt'),
      '--tls.key_file', file('heapd.key'),
      '--tls.client_ca_file', file('ca.crt'),
      '--tls.require_client_certificate', 'data',
      '--tls.require_client_certificate', 'operations');
  const ca = read('ca.crt');
  const heaps = credentials =>
      connect(t, daemon.dataAddress, 'heapd.v1.HeapService', {credentials});
  const mutual = tlsCredentials(
      {ca, certificate: read('web.crt'), key: read('web.key')});
  await heaps(mutual).CreateHeap({heap: 'shop', limit_bytes: 64 << 20});
  const {snapshot} =
      await connect(
          t, daemon.operationsAddress, 'heapd.v1.SnapshotService',
          {credentials: mutual})
          .CreateSnapshot({heap: 'shop'});
  assert.equal(snapshot.requested_by, 'cert:spiffe://example.org/web');
  for (const credentials of [undefined, tlsCredentials({ca})]) {
    await assert.rejects(
        heaps(credentials).ListHeaps({}),
        error => error.code === status.UNAVAILABLE);
  }
  const health =
      connect(t, daemon.livenessAddress, 'grpc.health.v1.Health',
              {credentials: tlsCredentials({ca})});
  assert.equal((await health.Check({})).status, 'SERVING');
});
