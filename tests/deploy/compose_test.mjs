// deploy/compose is a Compose file, agrees with what it mounts, and opens
// nothing beyond this machine.

import assert from 'node:assert/strict';
import crypto from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import {test} from 'node:test';

import {assertFits, bytes, noHeapd, seconds, understood} from './lib/heapd.mjs';
import {repoRoot, requirePackage} from './lib/packages.mjs';
import {missing, run} from './lib/run.mjs';

const {load} = requirePackage('js-yaml');
const dir = path.join(repoRoot, 'deploy/compose');
const file = path.join(dir, 'compose.yaml');
const noCompose = missing('docker-compose');

const check = compose =>
    load(run('docker-compose', ['--file', compose, 'config'], {cwd: dir}));

test('Compose takes the file', {skip: noCompose}, () => {
  assert.deepEqual(
      Object.keys(check(file).services).sort(),
      ['grafana', 'heapd', 'load', 'prometheus', 'store']);
});

test('Compose finds typing errors', {skip: noCompose}, t => {
  const copy = fs.mkdtempSync(path.join(os.tmpdir(), 'heapd-compose-'));
  t.after(() => fs.rmSync(copy, {recursive: true}));
  const wrong = path.join(copy, 'compose.yaml');
  fs.writeFileSync(
      wrong, fs.readFileSync(file, 'utf8').replace('read_only:', 'readonly:'));
  assert.throws(() => check(wrong), /readonly/);
});

test('every port is published on loopback', () => {
  const {services} = load(fs.readFileSync(file, 'utf8'));
  const ports = Object.values(services).flatMap(({ports}) => ports ?? []);
  assert.equal(ports.length, 7);
  for (const port of ports) assert.match(port, /^127\.0\.0\.1:(\d+):\1$/);
});

test('our containers can write nothing but their volumes', () => {
  const {services} = load(fs.readFileSync(file, 'utf8'));
  for (const name of ['heapd', 'load', 'store']) {
    assert.equal(services[name].read_only, true, name);
    assert.deepEqual(services[name].cap_drop, ['ALL'], name);
    assert.deepEqual(
        services[name].security_opt, ['no-new-privileges:true'], name);
  }
});

test("images of others have versions", () => {
  const {services} = load(fs.readFileSync(file, 'utf8'));
  for (const [name, {image, build}] of Object.entries(services)) {
    if (build !== undefined || image === services.heapd.image) continue;
    assert.match(image, /^docker\.io\/.+:v?\d+\.\d+\.\d+$/, name);
  }
});

test('what is mounted is there', () => {
  const {services, volumes} = load(fs.readFileSync(file, 'utf8'));
  const sources = Object.values(services)
                      .flatMap(({volumes}) => volumes ?? [])
                      .map(volume => volume.split(':')[0]);
  assert.ok(sources.length > 3);
  for (const source of sources) {
    assert.ok(
        source.startsWith('.') ? fs.existsSync(path.join(dir, source)) :
                                 source in volumes,
        source);
  }
});

test('heapd takes its configuration', {skip: noHeapd}, () => {
  const {heapd, store} = load(fs.readFileSync(file, 'utf8')).services;
  const read = name => fs.readFileSync(path.join(dir, name), 'utf8');
  const config = understood(
      read('heapd/heapd.yaml'),
      {args: heapd.command.slice(2), tokens: read('heapd/tokens.yaml')});
  assertFits(config, bytes(heapd.mem_limit));
  assert.ok(
      seconds(heapd.stop_grace_period) >= seconds(config.shutdown.grace) + 10);
  const [destination] = config.snapshots.destinations;
  assert.equal(destination.bucket, store.environment.BUCKET);
  assert.equal(
      heapd.environment.AWS_ACCESS_KEY_ID, store.environment.ACCESS_KEY);
  assert.equal(
      heapd.environment.AWS_SECRET_ACCESS_KEY, store.environment.SECRET_KEY);
});

test('nobody has a token but the load, for its heap', () => {
  const read = name => load(fs.readFileSync(path.join(dir, name), 'utf8'));
  const {environment, command} = read('compose.yaml').services.load;
  const hash = text => crypto.createHash('sha256').update(text).digest('hex');
  assert.deepEqual(read('heapd/tokens.yaml'), [
    {name: 'developer', sha256: '0'.repeat(64)},
    {name: 'load', sha256: hash(environment.HEAPD_TOKEN)},
  ]);
  const {rules} = read('heapd/policy.yaml');
  const of = name => rules.filter(({principals}) => principals.includes(name));
  assert.deepEqual(of('token:load').map(({heaps}) => heaps), [['load']]);
  assert.ok(command.includes('--heap=load'));
  assert.deepEqual(
      of('anonymous').map(({permissions}) => permissions),
      [['health', 'metrics']]);
});

const noPromtool = missing('promtool');

test('Prometheus takes its configuration', {skip: noPromtool}, () => {
  run('promtool', [
    'check', 'config', '--syntax-only',
    path.join(dir, 'prometheus/prometheus.yml'),
  ]);
});
