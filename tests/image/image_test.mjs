// The built image, run as one should run it: read-only, without rights, as a
// user who is nobody.

import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import {test} from 'node:test';

import {renderOverlay} from '../deploy/lib/overlays.mjs';
import {repoRoot} from '../deploy/lib/packages.mjs';
import {missing, run} from '../deploy/lib/run.mjs';
import {chooseEngine, Container} from './lib/containers.mjs';
import {makeCertificates, makeToken, writeVolume} from './lib/pod_files.mjs';

const archive = process.env.HEAPD_IMAGE_ARCHIVE;
const engine = chooseEngine(process.env.HEAPD_IMAGE_STATE);
const USER = 10001;
const MAX_BEYOND_BASE = 120e6;
const GRACE_SECONDS = 30;
const RECORDED = path.join(repoRoot, 'tests/data');

const image = engine.load(archive);

// Not every machine lets root run containers: one that is a container itself
// may not. 125 is what the engines exit with when they could not even begin.
function whyNoContainers() {
  const {status, stderr} =
      engine.try('run', '--rm', '--entrypoint', 'true', image);
  return status === 125 && `containers cannot run here: ${stderr.trim()}`;
}

const skip = whyNoContainers();

function temporaryDir(t) {
  const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'heapd-image-'));
  fs.chmodSync(dir, 0o755);  // the user in the container reads it
  t.after(() => fs.rmSync(dir, {recursive: true, force: true}));
  return dir;
}

const mount = (from, to) => ['--volume', `${from}:${to}:ro`];

// heapctl inside the container, with the token that lies there.

const heapctl = (container, ...args) =>
    container.exec('heapctl', '--token-file', '/run/test/token', ...args);

test('the image is small', t => {
  const dir = temporaryDir(t);
  run('tar', ['-xf', archive, '-C', dir]);
  const [{Layers}] =
      JSON.parse(fs.readFileSync(path.join(dir, 'manifest.json'), 'utf8'));
  const [base, ...own] =
      Layers.map(layer => fs.statSync(path.join(dir, layer)).size);
  const beyond = own.reduce((sum, size) => sum + size, 0);
  t.diagnostic(`base ${(base / 1e6).toFixed(1)} MB, ` +
               `beyond it ${(beyond / 1e6).toFixed(1)} MB`);
  assert.ok(beyond <= MAX_BEYOND_BASE, `${beyond} bytes beyond the base`);
});

test('the image says how it is run', () => {
  const {Config} = engine.inspectImage(image);
  assert.equal(Config.User, `${USER}:${USER}`);
  assert.deepEqual(Config.Entrypoint, ['heapd']);
  assert.equal(Config.StopSignal, 'SIGTERM');
  assert.deepEqual(Object.keys(Config.Volumes), ['/var/lib/heapd']);
  for (const label of ['title', 'version', 'revision', 'licenses']) {
    assert.ok(Config.Labels[`org.opencontainers.image.${label}`], label);
  }
});

test('the image has only what runs', {skip}, () => {
  const inside = (...command) => engine.try(
      'run', '--rm', ...engine.confined, '--entrypoint', command[0], image,
      ...command.slice(1));
  const {status, stdout} = inside(
      'bash', '-c', 'command -v c++ gcc cmake ninja ccache git curl wget; ' +
          'find / -xdev \\( -name "*.h" -o -name "*.a" -o -perm -4000 \\) ' +
          '-newer /etc/heapd/heapd.yaml 2>/dev/null; true');
  assert.equal(stdout, '');
  assert.equal(status, 0);
  for (const program of ['heapd', 'heapctl', 'heapload']) {
    assert.equal(inside(program, '--help').status, 0, program);
  }
});

test('memory for heaps follows the limit of the container', {skip}, () => {
  const printed = engine.do(
      'run', '--rm', ...engine.confined, '--memory', '512m', image,
      '--print-config');
  assert.match(printed, /^\s*budget: 384MiB$/m);
});

test('the main job, confined', {skip}, async t => {
  const dir = temporaryDir(t);
  const {token, sha256} = makeToken();
  fs.writeFileSync(path.join(dir, 'token'), token);
  const container = new Container(
      t, engine, image,
      [...engine.confined, '--memory', '1g', ...mount(dir, '/run/test'),
       ...mount(RECORDED, '/run/data')],
      ['--config', '/etc/heapd/heapd.yaml', '--auth.tokens', `test:${sha256}`]);
  container.exec('heapctl', 'health', '--wait', '30s');

  await t.test('runs as nobody, without rights', () => {
    const status = container.exec('cat', '/proc/1/status');
    assert.match(status, /^Name:\s+heapd$/m);
    assert.match(status, new RegExp(`^Uid:\\s+${USER}\\s+${USER}\\s`, 'm'));
    assert.match(status, /^CapEff:\s+0+$/m);
    assert.match(status, /^NoNewPrivs:\s+1$/m);
  });

  await t.test('writes to its volume only', () => {
    assert.notEqual(container.tryExec('touch', '/etc/heapd/x').status, 0);
    assert.notEqual(container.tryExec('touch', '/tmp/x').status, 0);
    container.exec('touch', '/var/lib/heapd/x');
  });

  await t.test('is healthy by the check in the image', () => {
    assert.equal(container.isHealthy, true);
  });

  await t.test('finds the leak of the recorded service', () => {
    const found = heapctl(
        container, 'replay', '--heap', 'leaky', '--create',
        ...[1, 2, 3].map(n => `/run/data/node20-leaky-${n}.heapsnapshot.zst`));
    assert.match(found, /UpstreamError.*400/);
    assert.match(found, /RequestContext.*800/);
    const stored = heapctl(container, 'snapshot', 'list');
    assert.equal(stored.match(/SNAPSHOT_STATE_READY/g)?.length, 3, stored);
  });

  await t.test('stops in its grace period with exit code 0', () => {
    const {exitCode, milliseconds} = container.stop(GRACE_SECONDS);
    t.diagnostic(`stopped in ${Math.round(milliseconds)} ms`);
    assert.equal(exitCode, 0, container.log);
    assert.ok(milliseconds < GRACE_SECONDS * 1000);
    assert.match(container.log, /"event":"stopped"|\bstopped\b/);
  });
});

const noOverlay = skip || missing('kubectl', ['kustomize', '--help']);

test('it runs as production in Kubernetes', {skip: noOverlay}, async t => {
  const dir = temporaryDir(t);
  const at = name => path.join(dir, name);
  const overlay = renderOverlay('production');
  const certificates = makeCertificates(at('made'));
  const operator = makeToken();
  fs.mkdirSync(at('test'));
  fs.writeFileSync(at('test/token'), operator.token);
  const {'client.crt': clientCert, 'client.key': clientKey, ...tls} =
      certificates;
  const files = {
    config: overlay.volumeFiles('config'),
    policy: overlay.volumeFiles('policy'),
    tokens: {'tokens.yaml': `- {name: operator, sha256: ${operator.sha256}}\n`},
    tls,
    client: {'client.crt': clientCert, 'client.key': clientKey},
  };
  for (const [name, texts] of Object.entries(files)) {
    const mode = ['tokens', 'tls', 'client'].includes(name) ? 0o440 : 0o644;
    writeVolume(at(name), texts, {mode, owner: USER});
  }
  const mounts =
      overlay.container.volumeMounts.filter(({name}) => name !== 'state')
          .flatMap(({name, mountPath}) => mount(at(name), mountPath));
  const container = new Container(
      t, engine, image,
      [...engine.confined, ...mounts, ...mount(at('test'), '/run/test'),
       ...mount(at('client'), '/run/client')],
      overlay.container.args);
  // As the kubelet asks: plaintext, by the ports of the probes.
  const probe = ({grpc}) =>
      container.exec(
          'heapctl', 'health', `127.0.0.1:${grpc.port}`, '--wait', '30s');
  probe(overlay.container.startupProbe);
  probe(overlay.container.readinessProbe);

  const ca = ['--tls-ca', '/etc/heapd/tls/ca.crt'];
  const asShop = [
    ...ca, '--tls-cert', '/run/client/client.crt', '--tls-key',
    '/run/client/client.key',
  ];

  await t.test('services come with certificates', () => {
    container.exec('heapctl', ...asShop, 'heap', 'create', 'shop-eu');
    const refused =
        container.tryExec('heapctl', ...asShop, 'heap', 'create', 'bank');
    assert.equal(refused.status, 4, refused.stderr);
    const anonymous = container.tryExec(
        'heapctl', ...ca, '--timeout', '2s', 'heap', 'list');
    assert.notEqual(anonymous.status, 0, anonymous.stdout);
  });

  await t.test('operators come with tokens', () => {
    heapctl(container, ...ca, 'snapshot', 'create', 'shop-eu', '--wait');
    const refused = container.tryExec(
        'heapctl', ...ca, 'snapshot', 'create', 'shop-eu', '--wait');
    assert.equal(refused.status, 4, refused.stderr);
  });

  await t.test('policies are read again at the command of the README', () => {
    container.exec('bash', '-c', 'kill -HUP 1');
    const {exitCode} = container.stop(
        overlay.podSpec.terminationGracePeriodSeconds);
    assert.equal(exitCode, 0, container.log);
    assert.match(container.log, /"event":"reloaded","what":"policy"/);
  });

  await t.test('preStop has its program', () => {
    const [program] = overlay.container.lifecycle.preStop.exec.command;
    engine.do(
        'run', '--rm', ...engine.confined, '--entrypoint', program, image, '0');
  });
});
