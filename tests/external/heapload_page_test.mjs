// The page of a load generator's run works in a browser: the script draws what
// the run holds, follows keyboard and pointer, and reports no error. Skipped
// where there is no Chromium (HEAPD_CHROMIUM names one that is not in PATH).

import assert from 'node:assert/strict';
import {execFileSync, spawnSync} from 'node:child_process';
import {mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import path from 'node:path';
import {test} from 'node:test';
import {fileURLToPath} from 'node:url';

import {savedRun} from './lib/heapload_run.mjs';

const root = fileURLToPath(new URL('../..', import.meta.url));
const heapload = path.join(
    process.env.HEAPD_BUILD_DIR ?? path.join(root, 'build'), 'bin/heapload');
const chromium = process.env.HEAPD_CHROMIUM ?? 'chromium';
const skip = spawnSync(chromium, ['--version']).status === 0 ?
    false : `there is no ${chromium}`;

// A page by `heapload report`, with a script behind its own that uses it and
// writes what it found to the body, as JSON; and what the browser complained
// about.
function tryPage(t, run, use) {
  const folder = mkdtempSync(path.join(tmpdir(), 'heapload-page-'));
  t.after(() => rmSync(folder, {recursive: true}));
  const [json, html] = ['run.json', 'run.html'].map(
      name => path.join(folder, name));
  writeFileSync(json, JSON.stringify(run));
  execFileSync(heapload, [
    'report', json, '--html', html, '--balancer',
    'liveness:interval=1s,timeout=1s,unhealthy=3',
  ]);
  const page = readFileSync(html, 'utf8');
  const driver = `<script>document.body.dataset.found =
      JSON.stringify((${use})());</script></body>`;
  writeFileSync(html, page.replace('</body>', () => driver));
  const browser = spawnSync(
      chromium,
      ['--headless=new', '--no-sandbox', '--disable-gpu',
       `--user-data-dir=${path.join(folder, 'profile')}`,
       '--enable-logging=stderr', '--dump-dom', `file://${html}`],
      {encoding: 'utf8', timeout: 60_000, maxBuffer: 2 ** 26});
  assert.deepEqual(
      browser.stderr.split('\n').filter(line => line.includes('CONSOLE')), []);
  const found = /data-found="([^"]*)"/.exec(browser.stdout);
  assert.ok(found, browser.stdout.slice(0, 2000));
  return JSON.parse(found[1].replaceAll('&quot;', '"').replaceAll('&lt;', '<')
      .replaceAll('&gt;', '>').replaceAll('&amp;', '&'));
}

// Runs in the page.
const lookAndUse = `() => {
  const cursor = document.getElementById('cursor');
  const key = name => cursor.dispatchEvent(
      new KeyboardEvent('keydown', {key: name, cancelable: true}));
  const spans = () => Number(cursor.max) - Number(cursor.min);
  const found = {
    charts: [...document.querySelectorAll('#stage svg')].map(
        svg => svg.getAttribute('aria-label')),
    empty: [...document.querySelectorAll('#stage svg')].filter(
        svg => svg.querySelectorAll('path').length < 3).length,
    broken: document.getElementById('stage').innerHTML.includes('NaN'),
    killed: document.getElementById('stage').textContent.includes('killed at'),
    wide: document.documentElement.scrollWidth > innerWidth,
    whole: spans(),
  };
  cursor.value = '28';
  cursor.dispatchEvent(new Event('input'));
  found.moment = cursor.getAttribute('aria-valuetext');
  key('+');
  found.zoomed = spans();
  key('0');
  found.back = spans();
  document.getElementById('values').open = true;
  return found;
}`;

test('the page draws a run and follows the keyboard', {skip}, t => {
  const found = tryPage(t, savedRun(), lookAndUse);
  assert.equal(found.charts.length, 6);
  assert.match(found.charts[0], /^Latency of ok calls: p50 .* p99 /);
  assert.match(found.charts[3], /liveness: 300 checks, 17 without an answer/);
  assert.equal(found.empty, 0);
  assert.equal(found.broken, false);
  assert.equal(found.killed, true);
  assert.equal(found.wide, false);
  assert.match(found.moment, /^burst 28\.\d\d s, p50 .*liveness timeout 1 s/);
  assert.equal(found.whole, 60);
  assert.equal(found.zoomed, 30);
  assert.equal(found.back, 60);
});

test('a run in which nothing happened has a page too', {skip}, t => {
  const nothing = {count: 0, p50: 0, p90: 0, p99: 0, p999: 0, p9999: 0, max: 0};
  const calls = {intended: 0, ok: 0, unsent: 0, errors: {},
                 refused_with_retry: 0, refused_without_retry: 0,
                 operations: 0, retries: 0};
  const found = tryPage(t, savedRun({
    calls, latency: nothing, send_lag: nothing, intervals: [], phases: [],
    phase_spans: [], probes: [], heap_samples: [], collections: [],
  }), lookAndUse);
  assert.equal(found.charts.length, 6);
  assert.equal(found.broken, false);
});

test('no name in a run becomes script', {skip}, t => {
  const evil = '</script><script>document.title = "evil"</script>' +
      '<img src=x onerror="document.title = \'evil\'">';
  const {run} = savedRun();
  run.phase_spans[0].name = run.phases[0].name = evil;
  run.probes[0].name = evil;
  const found = tryPage(
      t, savedRun({heap: evil, phases: run.phases, probes: run.probes,
                   phase_spans: run.phase_spans}),
      '() => ({title: document.title, images: document.images.length})');
  assert.equal(found.images, 0);
  assert.ok(found.title.includes('<script>'), found.title);
});
