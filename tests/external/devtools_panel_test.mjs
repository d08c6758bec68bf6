// deploy/operating/snapshots.md, done: a replayed leak is found in the Memory
// panel of a real Chromium and on heapd's page. What both show is kept as
// screenshots in build/howto-screenshots, from which the pictures there are
// made (README.md). Skipped where there is no Chromium.

import assert from 'node:assert/strict';
import crypto from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import {test} from 'node:test';

import {click, fill, noBrowser as skip, openTab, startBrowser, waitForText}
    from './lib/browser.mjs';
import {startDaemon} from './lib/daemon.mjs';
import {recordedPath, temporaryDir} from './lib/data.mjs';
import {openMemoryPanel, RETAINERS, TAGS, VIEWPORT}
    from './lib/devtools_panel.mjs';
import {compareWithHeapctl, heapctl} from './lib/heapctl.mjs';
import {buildDir, repoRoot} from './lib/packages.mjs';

const HEAP = 'orders';
const LEAKED = 'UpstreamError';
const TAG = 'recorded service';
const STATES = ['before', 'after'];

const screenshotDir = path.join(buildDir, 'howto-screenshots');
const howtoDir = path.join(repoRoot, 'deploy/operating');

const picture = name => path.join(screenshotDir, `${name}.png`);

// The leaking service, whose states are called as the how-to calls them: the
// label of a replayed state is the name of its file.
function replayLeak(t, daemon) {
  const dir = temporaryDir(t);
  const files = STATES.map(name => path.join(dir, name));
  fs.copyFileSync(recordedPath(1), files[0]);
  fs.copyFileSync(recordedPath(3), files[1]);
  return heapctl(daemon, 'replay', '--heap', HEAP, '--create', '--tag', TAG,
                 '--steps', '100', '--step-pause', '100ms', ...files);
}

async function openPage(t, daemon) {
  const origin = `http://${daemon.addresses.metrics[0]}`;
  const {page, faults} = await openTab(await startBrowser(t), origin);
  await page.setViewport(VIEWPORT);
  await page.goto(`${origin}/`);
  await waitForText(page, HEAP);
  await click(page, 'link', HEAP);
  return {page, faults};
}

async function download(t, daemon, {snapshot}, name) {
  const file = path.join(temporaryDir(t), `${name}.heapsnapshot`);
  await heapctl(daemon, 'snapshot', 'download', snapshot, '--file', file);
  const {sha256} = await heapctl(daemon, 'snapshot', 'get', snapshot);
  const digest = crypto.createHash('sha256').update(fs.readFileSync(file));
  assert.equal(digest.digest('hex'), sha256);
  return file;
}

// "+3 232" and "\u2212 5" as the panel writes them.
const toNumber = text =>
    Number(text.replace('\u2212', '-').replace(/[^\d-]/g, ''));

async function findOnPage(page, daemon) {
  await waitForText(page, 'Leak suspected');
  await page.screenshot({path: picture('page-suspected')});
  await click(page, 'link', 'Snapshots');
  await click(page, 'button', 'Sign in');
  await fill(page, 'Token', daemon.token);
  await page.keyboard.press('Enter');
  for (const name of STATES) {
    await click(page, 'checkbox', `Compare ${name}`);
  }
  await click(page, 'button', 'Compare');
  await waitForText(
      page, /nothing of it was freed: .*UpstreamError \(\+800, /);
  await page.screenshot({path: picture('page-comparison')});
}

async function sortSummary(panel) {
  await panel.sortBy('Retained size');
  const classes = (await panel.rows()).map(({Constructor: name}) => name);
  const place = classes.findIndex(name => name.startsWith(LEAKED));
  assert.match(classes[place], /\u00d71,200$/);
  assert.ok(place < 10, classes.join());
  await panel.screenshot(picture('devtools-summary'));
}

// `compared`: what heapctl says.
async function compareInPanel(panel, compared) {
  await panel.choose('Comparison');
  await panel.sortBy('Size delta');
  const wanted = new Map(compared.map(
      row => [row.class, [row.added, row.removed, row.countDelta]]));
  // DevTools guesses types of plain objects: `{a, b}`.
  const rows = (await panel.rows()).filter(
      ({Constructor: name}) => !/^(\{.*\}|Object)$/.test(name));
  for (const row of rows) {
    assert.deepEqual(
        [row['# New'], row['# Deleted'], row['# Delta']].map(toNumber),
        wanted.get(row.Constructor), row.Constructor);
  }
  const leak = rows.find(({Constructor: name}) => name === LEAKED);
  assert.equal(leak['# Delta'], '+800');
  assert.equal(leak['# Deleted'], '0');
  await panel.screenshot(picture('devtools-comparison'));
}

async function followRetainers(panel) {
  await panel.openFirstObject(LEAKED);
  const [slot, log] = (await panel.rows(RETAINERS)).map(
      ({Object: text}) => text.replace(/\s+/g, ' '));
  assert.match(slot, /^\[\d+\] ?in ?Array ?@\d+$/);
  assert.match(log, /^retryLog ?in ?system \/ Context ?@\d+$/);
  await panel.screenshot(picture('devtools-retainers'));
}

// With this ending DevTools takes a snapshot for one with allocation stacks.
async function showTag(panel, snapshot) {
  const timeline = path.join(path.dirname(snapshot), 'tags.heaptimeline');
  fs.copyFileSync(snapshot, timeline);
  await panel.recordStacks();
  await panel.load(timeline);
  await panel.select(timeline);
  await panel.openFirstObject(LEAKED);
  assert.equal(await panel.allocationStack(), TAG);
  await panel.screenshot(picture('devtools-tag'));
  await panel.choose('Allocation', TAGS);
  assert.deepEqual((await panel.rows(TAGS)).map(row => row.Function), [TAG]);
}

test('The how-to leads from a leak to what holds it', {skip}, async t => {
  fs.rmSync(screenshotDir, {recursive: true, force: true});
  fs.mkdirSync(screenshotDir, {recursive: true});
  const daemon = await startDaemon(
      t, '--listen.metrics', '127.0.0.1:0', '--leak.window', '1s',
      '--leak.sample_interval', '0s', '--leak.min_growth', '16KiB',
      '--leak.min_growth_percent', '0');
  const replayed = replayLeak(t, daemon);
  replayed.catch(() => {});  // awaited below
  const {page, faults} = await openPage(t, daemon);
  const snapshots = (await replayed).states.map(({snapshot}) => snapshot);
  await findOnPage(page, daemon);
  assert.deepEqual(faults, []);

  const [before, after] = await Promise.all(
      STATES.map((name, i) => download(t, daemon, snapshots[i], name)));
  const panel = await openMemoryPanel(t);
  await panel.load(before);
  await panel.load(after);
  await panel.select(after);
  await sortSummary(panel);
  await compareInPanel(panel, await compareWithHeapctl(
      daemon, ...snapshots.map(({snapshot}) => snapshot)));
  await followRetainers(panel);
  await showTag(panel, after);
  assert.deepEqual(panel.faults, []);
});

test('The how-to shows what the test sees', {skip}, () => {
  const made = fs.readdirSync(screenshotDir).sort();
  const kept = fs.readdirSync(path.join(howtoDir, 'images')).sort();
  assert.deepEqual(kept, made);
  const text = fs.readFileSync(path.join(howtoDir, 'snapshots.md'), 'utf8');
  const shown = [...text.matchAll(/!\[[^\]]+\]\(images\/([^)]+)\)/g)];
  assert.deepEqual(shown.map(([, name]) => name).sort(), made);
});
