// What heapd tells Prometheus is what Prometheus takes, and what
// deploy/prometheus says: its table of metrics, its alerts and the dashboard.

import assert from 'node:assert/strict';
import {execFile, execFileSync, spawn, spawnSync} from 'node:child_process';
import {once} from 'node:events';
import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import {test} from 'node:test';
import {promisify} from 'node:util';

import {startDaemon, withDeadline} from './lib/daemon.mjs';
import {get, parseExposition} from './lib/exposition.mjs';
import {heapctl} from './lib/heapctl.mjs';
import {buildDir, repoRoot} from './lib/packages.mjs';

const dir = path.join(repoRoot, 'deploy/prometheus');
const missing = program =>
    spawnSync(program, ['--version'], {stdio: 'ignore'}).status === 0 ?
    false : `${program} is not installed`;
const noPromtool = missing('promtool');
const noPrometheus = missing('prometheus');

const promtool = (...args) =>
    execFileSync('promtool', args, {cwd: dir, encoding: 'utf8'});

// The rows of the table in README.md, in order.
function documented() {
  const readme = fs.readFileSync(path.join(dir, 'README.md'), 'utf8');
  return [...readme.matchAll(
              /^\| `(\w+)` \| (counter|gauge|histogram) \| (.*?) ?\| (.*) \|$/gm)]
      .map(([, name, type, labels, help]) => (
          {name, type, labels: labels.split(', ').filter(Boolean), help}));
}

// A daemon on which everything has happened that has a metric.
async function startLoaded(t) {
  const daemon = await startDaemon(
      t, '--listen.metrics', '127.0.0.1:0', '--metrics.max_heaps', '2');
  for (const heap of ['small', 'other', 'third']) {
    await heapctl(daemon, 'heap', 'create', heap, '--limit', '16MiB');
  }
  await promisify(execFile)(path.join(buildDir, 'bin/heapload'), [
    'run', '--address', daemon.dataAddress, '--heap', 'load', '--keep',
    '--limit', '16MiB', '--profile', 'churn', '--schedule', 'constant:200',
    '--duration', '2s', '--quiet',
  ]);
  await heapctl(daemon, 'collect', 'load');
  await heapctl(daemon, 'snapshot', 'create', 'load', '--wait');
  return daemon;
}

const scrape = daemon => get(daemon.addresses.metrics[0], '/metrics');

test('promtool takes the alerts, and their tests pass', {skip: noPromtool}, () => {
  promtool('check', 'rules', 'rules.yaml');
  promtool('check', 'config', 'prometheus.yaml');
  promtool('test', 'rules', 'rules_test.yaml');
});

test('every alert has a test, a runbook and a row', () => {
  const rules = fs.readFileSync(path.join(dir, 'rules.yaml'), 'utf8');
  const tests = fs.readFileSync(path.join(dir, 'rules_test.yaml'), 'utf8');
  const readme = fs.readFileSync(path.join(dir, 'README.md'), 'utf8');
  const alerts = [...rules.matchAll(/- alert: (\w+)/g)].map(match => match[1]);
  assert.ok(alerts.length > 10);
  assert.equal(rules.match(/ runbook: /g).length, alerts.length);
  for (const alert of alerts) {
    assert.match(tests, new RegExp(`\\b${alert}\\b`), alert);
    assert.match(readme, new RegExp(`^\\| ${alert} \\|`, 'm'), alert);
  }
});

// Names that an expression looks at.
const metricsIn = expression =>
    expression.match(/\b(?:heapd|process)_\w+/g) ?? [];
const baseOf = (name, known) =>
    known.has(name) ? name : name.replace(/_(bucket|sum|count)$/, '');

test('alerts and dashboard look at metrics that there are', () => {
  const known = new Set(documented().map(({name}) => name));
  const dashboard =
      fs.readFileSync(path.join(repoRoot, 'deploy/grafana/heapd.json'), 'utf8');
  const texts = [
    fs.readFileSync(path.join(dir, 'rules.yaml'), 'utf8'), dashboard,
  ];
  const used = texts.flatMap(metricsIn).map(name => baseOf(name, known));
  assert.ok(used.length > 60);
  for (const name of used) assert.ok(known.has(name), name);
});

function* panelsOf(panels) {
  for (const panel of panels) {
    yield panel;
    yield* panelsOf(panel.panels ?? []);
  }
}

function assertNoOverlap(panels) {
  const boxes = panels.map(({title, gridPos: {x, y, w, h}}) => (
      {title, left: x, top: y, right: x + w, bottom: y + h}));
  boxes.forEach((one, i) => {
    assert.ok(one.right <= 24 && one.left < one.right, one.title);
    for (const other of boxes.slice(0, i)) {
      assert.ok(
          one.right <= other.left || other.right <= one.left ||
              one.bottom <= other.top || other.bottom <= one.top,
          `${one.title} lies over ${other.title}`);
    }
  });
}

test('the dashboard is one', {skip: noPromtool}, t => {
  const dashboard = JSON.parse(
      fs.readFileSync(path.join(repoRoot, 'deploy/grafana/heapd.json'), 'utf8'));
  const panels = [...panelsOf(dashboard.panels)];
  assert.equal(new Set(panels.map(({id}) => id)).size, panels.length);
  assertNoOverlap(panels);
  const queries = panels.flatMap(({targets}) => targets ?? []);
  assert.ok(queries.length > 30);
  // One file of rules, so that promtool reads all of them at once.
  const rules = queries.map(({expr}, i) => ({
    record: `dashboard:query:${i}`,
    expr: expr.replaceAll('$__rate_interval', '5m').replaceAll(/\$\w+/g, 'x'),
  }));
  const file = path.join(fs.mkdtempSync('/tmp/heapd-dashboard-'), 'rules.yml');
  t.after(() => fs.rmSync(path.dirname(file), {recursive: true}));
  fs.writeFileSync(file, JSON.stringify({groups: [{name: 'd', rules}]}));
  promtool('check', 'rules', file);
});

test('a loaded daemon tells all that is documented', async t => {
  const daemon = await startLoaded(t);
  const {status, headers, body} = await scrape(daemon);
  assert.equal(status, 200);
  assert.equal(
      headers['content-type'], 'text/plain; version=0.0.4; charset=utf-8');
  const metrics = parseExposition(body);
  const rows = documented();
  assert.ok(rows.length > 60);
  assert.deepEqual([...metrics.keys()], rows.map(({name}) => name));
  for (const {name, type, labels, help} of rows) {
    const metric = metrics.get(name);
    assert.equal(metric.type, type, name);
    assert.equal(metric.help, help, name);
    for (const sample of metric.samples) {
      assert.deepEqual(
          Object.keys(sample.labels).filter(label => label !== 'le'), labels,
          name);
    }
  }
  await t.test('with names that promtool has nothing to say of', {
    skip: noPromtool,
  }, () => {
    const {status, stdout, stderr} = spawnSync(
        'promtool', ['check', 'metrics'], {input: body, encoding: 'utf8'});
    assert.equal(stdout + stderr, '');
    assert.equal(status, 0);
  });
  await t.test('and adds up what heapctl says', async () => {
    const value = (name, labels) => metrics.get(name).samples.find(
        sample => Object.entries(labels).every(
            ([label, value]) => sample.labels[label] === value)).value;
    const stats = await heapctl(daemon, 'stats', 'load');
    assert.equal(
        value('heapd_heap_allocated_objects_total', {heap: 'load'}),
        Number(stats.allocated_object_count));
    assert.equal(value('heapd_heaps', {}), 4);
    assert.equal(
        value('heapd_snapshots_ended_total',
              {trigger: 'requested', outcome: 'ready'}), 1);
    // Two have series; the others are together.
    const heaps = new Set(metrics.get('heapd_heap_used_bytes').samples.map(
        ({labels}) => labels.heap));
    assert.equal(heaps.size, 3);
    assert.ok(heaps.has('load') && heaps.has('(other)'));
    assert.equal(
        value('heapd_heap_limit_bytes', {heap: '(other)'}), 2 * (16 << 20));
  });
});

async function freePort() {
  const server = net.createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const {port} = server.address();
  server.close();
  await once(server, 'close');
  return port;
}

// A Prometheus that scrapes `target` with the rules of deploy/; its address.
async function startPrometheus(t, target) {
  const folder = fs.mkdtempSync('/tmp/heapd-prometheus-');
  const config = fs.readFileSync(path.join(dir, 'prometheus.yaml'), 'utf8')
      .replaceAll('15s', '500ms')
      .replace('127.0.0.1:7704', target)
      .replace('[rules.yaml]', `[${path.join(dir, 'rules.yaml')}]`);
  fs.writeFileSync(path.join(folder, 'prometheus.yml'), config);
  const address = `127.0.0.1:${await freePort()}`;
  const process = spawn('prometheus', [
    `--config.file=${folder}/prometheus.yml`,
    `--storage.tsdb.path=${folder}/data`, `--web.listen-address=${address}`,
  ], {stdio: ['ignore', 'ignore', 'pipe']});
  let log = '';
  process.stderr.setEncoding('utf8').on('data', text => { log += text; });
  const exit = once(process, 'close');
  t.after(async () => {
    process.kill('SIGTERM');
    await exit;
    fs.rmSync(folder, {recursive: true, force: true});
  });
  return {address, log: () => log};
}

// Asks until the answer is not empty.
async function queryUntilThere({address, log}, query) {
  const ask = async () => {
    for (;;) {
      try {
        const {status, body} = await get(
            address, `/api/v1/query?query=${encodeURIComponent(query)}`);
        // 503 while it starts.
        const result = status === 200 ? JSON.parse(body).data.result : [];
        if (result.length > 0) return result;
      } catch (error) {
        if (error.code !== 'ECONNREFUSED') throw error;
      }
      await new Promise(resolve => setTimeout(resolve, 200));
    }
  };
  return withDeadline(ask(), 30_000, () => `no ${query}:\n${log()}`);
}

test('Prometheus scrapes it', {skip: noPrometheus}, async t => {
  const daemon = await startLoaded(t);
  const prometheus =
      await startPrometheus(t, daemon.addresses.metrics[0]);
  await queryUntilThere(prometheus, 'up{job="heapd"} == 1');
  const [limit] = await queryUntilThere(
      prometheus, 'heapd_heap_limit_bytes{heap="load"} > 0');
  assert.equal(limit.metric.job, 'heapd');
  await queryUntilThere(
      prometheus,
      'histogram_quantile(0.99, heapd_gc_longest_pause_seconds_bucket) > 0');
  // Rules are evaluated, and none has lasted for long enough to fire.
  const {body} = await get(prometheus.address, '/api/v1/rules');
  const rules = JSON.parse(body).data.groups.flatMap(({rules}) => rules);
  assert.ok(rules.length > 10);
  for (const {name, state, health} of rules) {
    assert.notEqual(state, 'firing', name);
    assert.equal(health, 'ok', name);
  }
});
