// The operator's page in a browser: a leak is found with it, by pointer and by
// keyboard, in light and dark and on a phone. Screenshots are kept in
// build/page-screenshots. Skipped where there is no Chromium (HEAPD_CHROMIUM
// names one that is elsewhere).

import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import {test} from 'node:test';

import {click, fill, inspect, noBrowser as skip, openTab, rowsOf, startBrowser,
        waitForText} from './lib/browser.mjs';
import {startDaemon} from './lib/daemon.mjs';
import {recordedPath, temporaryDir} from './lib/data.mjs';
import {heapctl} from './lib/heapctl.mjs';
import {LEAK_TAG, leakyService, SESSION_LABEL} from './lib/leaky_service.mjs';

// A leak shows within seconds here.
const QUICK_VERDICT = ['--leak.window', '2s', '--leak.sample_interval', '50ms',
                       '--leak.min_growth', '4KiB'];

async function startPage(t, ...flags) {
  const daemon =
      await startDaemon(t, '--listen.metrics', '127.0.0.1:0', ...flags);
  const origin = `http://${daemon.addresses.metrics[0]}`;
  const browser = await startBrowser(t);
  return {daemon, origin, browser, ...await openTab(browser, origin)};
}

async function signIn(page, token) {
  await click(page, 'button', 'Sign in');
  await fill(page, 'Token', token);
  await page.keyboard.press('Enter');
}

async function go(page, origin, where) {
  await page.goto(`${origin}/#${where}`);
}

// Analyzes and waits for the answer.
async function analyze(page) {
  await click(page, 'button', 'Analyze');
  await waitForText(page, /\d objects of \d+ classes/);
}

async function takeSnapshot(page, label) {
  await fill(page, 'Label', label);
  await click(page, 'button', 'Take a snapshot');
  await page.waitForFunction(label => {
    const row = [...document.querySelectorAll('.snapshots tbody tr')].find(
        one => one.innerText.includes(label));
    return row?.innerText.includes('Ready');
  }, {polling: 50}, label);
}

// Goes on leaking until the page suspects it; what it shows then.
async function leakUntilSuspected(page, service) {
  const deadline = Date.now() + 90_000;
  for (;;) {
    await service.handle(10);
    await service.serve(50);
    await service.collect();
    const shown = await page.evaluate(() => document.body.innerText);
    if (shown.includes('Leak suspected')) return;
    assert.ok(Date.now() < deadline, `no leak is suspected:\n${shown}`);
    await new Promise(resolve => setTimeout(resolve, 60));
  }
}

test('A leak is found with the page', {skip}, async t => {
  const {daemon, origin, page, faults} =
      await startPage(t, ...QUICK_VERDICT);
  const service = await leakyService(t, daemon, 'orders');
  await service.handle(100);
  await service.serve(500);

  await t.test('The overview shows the heap', async () => {
    await go(page, origin, '/');
    await waitForText(page, 'orders');
    await inspect(page, 'heaps');
    await click(page, 'link', 'orders');
    await waitForText(page, 'Mutator utilization');
    await click(page, 'button', 'Collect now');
    await waitForText(page, /The last one: Major/);
    await page.waitForFunction(
        () => document.querySelectorAll('svg .area').length >= 5);
    await waitForText(page, /1 of 1 session, by the size/);
    const [session] = await rowsOf(page, 'Sessions that hold most');
    assert.equal(session[0], SESSION_LABEL);
    const [listed] = await heapctl(daemon, 'session', 'list', 'orders');
    assert.equal(listed.label, SESSION_LABEL);
    assert.deepEqual([listed.tag, listed.hold_count], [session[1], session[3]]);
    await inspect(page, 'heap');
  });

  await t.test('The verdict names the class that grows', async () => {
    await leakUntilSuspected(page, service);
    await waitForText(page, /What lives after major collections grows by/);
    const rows = await rowsOf(page, 'Growing classes');
    const leaking = rows.filter(([name, tag, fast]) =>
      ['UpstreamError', 'RequestContext'].includes(name) && tag === LEAK_TAG &&
      fast.startsWith('+'));
    assert.equal(leaking.length, 2, JSON.stringify(rows));
    await inspect(page, 'suspected');
  });

  await t.test('A class that grows is shown with its growth', async () => {
    await click(page, 'link', 'What retains it');
    await analyze(page);
    await service.handle(400);
    await service.serve(500);
    await page.select('#order-class', 'growth');
    await analyze(page);
    await page.waitForFunction(
        () => document.body.innerText.includes('Growth is since'));
    await page.select('#order-class', 'growth');
    const grown = (await rowsOf(page, 'Classes')).slice(0, 2);
    assert.deepEqual(grown.map(([name]) => name).sort(),
                     ['RequestContext', 'UpstreamError']);
    for (const row of grown) assert.match(row.at(-1), /^\+400, \+/);
    await inspect(page, 'retained');
  });

  await t.test('A click says why an object lives', async () => {
    await click(page, 'link', 'UpstreamError');
    await waitForText(page, 'Largest of those objects');
    const [first] = await rowsOf(page, 'Objects');
    assert.match(first[0], /^UpstreamError 0x/);
    assert.equal(first[1], LEAK_TAG);
    await click(page, 'button', 'Why does it live?');
    await waitForText(page, /Root \u201cretryLog\u201d\s+RetryLog.*\[\d+\]\s+UpstreamError/);
    await click(page, 'button', 'Find roots and sessions');
    await waitForText(page, 'Look again');
    const [holder] = await rowsOf(page, 'Holders');
    assert.equal(holder[0], 'Root \u201cretryLog\u201d');
    await inspect(page, 'why');
  });

  await t.test('Without a token no snapshot is taken, in words', async () => {
    await click(page, 'link', 'Snapshots');
    await waitForText(page, 'Sign in with a token that may do this.');
    await inspect(page, 'refused');
    await signIn(page, 'a-wrong-token');
    await waitForText(page, /mistyped, has expired or was revoked/);
    // Loads the page anew: until its script runs, a click says nothing to it.
    await Promise.all(
        [page.waitForNavigation(), click(page, 'button', 'Sign out')]);
    await signIn(page, daemon.token);
    await waitForText(page, 'There is none yet.');
  });

  await t.test('A click takes a snapshot, and two are compared', async () => {
    await go(page, origin, '/heaps/orders/snapshots');
    await takeSnapshot(page, 'before');
    await service.handle(300);
    await takeSnapshot(page, 'after');
    await inspect(page, 'snapshots');
    await click(page, 'checkbox', 'Compare before');
    await click(page, 'checkbox', 'Compare after');
    await click(page, 'button', 'Compare');
    await waitForText(page, /Grew most, and nothing of it was freed: /);
    const rows = await rowsOf(page, 'By class');
    for (const name of ['UpstreamError', 'RequestContext']) {
      const row = rows.find(([found]) => found === name);
      assert.deepEqual(row.slice(1, 4), ['300', '0', '+300']);
    }
    const [tag] = await rowsOf(page, 'By tag');
    assert.equal(tag[0], LEAK_TAG);
    await inspect(page, 'comparison');
  });

  await t.test('A download is the stored file', async () => {
    const downloads = temporaryDir(t);
    const session = await page.createCDPSession();
    await session.send('Browser.setDownloadBehavior',
                       {behavior: 'allow', downloadPath: downloads});
    await go(page, origin, '/snapshots');
    await click(page, 'button', 'Download after');
    await waitForDownload(downloads);
    const [name] = fs.readdirSync(downloads);
    assert.deepEqual(fs.readFileSync(path.join(downloads, name)),
                     fs.readFileSync(path.join(daemon.snapshotDir, name)));
  });

  await t.test('A snapshot is deleted, but not by a slip', async () => {
    await click(page, 'button', 'Delete before');
    await waitForText(page, 'The stored file is removed.');
    await inspect(page, 'delete');
    await click(page, 'button', 'Keep it');
    assert.equal((await rowsOf(page, 'Snapshots, newest first')).length, 2);
    await click(page, 'button', 'Delete before');
    await click(page, 'button', 'Delete');
    await page.waitForFunction(
        () => !document.body.innerText.includes('before'));
  });

  await t.test('No fault, no address of elsewhere, no secret in an address',
               async () => {
    assert.deepEqual(faults, []);
    const kept = await page.evaluate(() => JSON.stringify(
        [location.href, localStorage.length, document.cookie]));
    assert.ok(!kept.includes(daemon.token));
    assert.match(kept, /,0,""\]$/);
    assert.ok(!daemon.log.includes(daemon.token));
  });
});

async function waitForDownload(folder) {
  const deadline = Date.now() + 60_000;
  for (;;) {
    const names = fs.readdirSync(folder);
    if (names.length === 1 && names[0].endsWith('.heapsnapshot')) return;
    assert.ok(Date.now() < deadline, `there is ${names}`);
    await new Promise(resolve => setTimeout(resolve, 50));
  }
}

test('The recorded leak is named by its comparison', {skip}, async t => {
  const {daemon, origin, page, faults} = await startPage(t);
  await heapctl(daemon, 'replay', '--heap', 'leaky', '--create',
                ...[1, 2, 3].map(recordedPath));
  await go(page, origin, '/snapshots');
  await signIn(page, daemon.token);
  await waitForText(page, 'node20-leaky-3.heapsnapshot.zst');
  await click(page, 'checkbox', 'Compare node20-leaky-1.heapsnapshot.zst');
  await click(page, 'checkbox', 'Compare node20-leaky-3.heapsnapshot.zst');
  await click(page, 'button', 'Compare');
  await waitForText(
      page, /nothing of it was freed: .*UpstreamError \(\+800, /);
  await inspect(page, 'recorded-comparison');
  await click(page, 'link', 'UpstreamError');
  await waitForText(page, 'Largest of those objects');
  await click(page, 'button', 'Why does it live?');
  await page.waitForSelector('.path .holder');
  assert.deepEqual(faults, []);
});

// The name and role of what has the focus, and whether that can be seen.
function focused(page) {
  return page.evaluate(() => {
    const element = document.activeElement;
    const style = getComputedStyle(element);
    return {
      text: (element.getAttribute('aria-label') ?? element.innerText ?? '')
          .trim() || element.id,
      seen: style.outlineStyle !== 'none' && style.outlineWidth !== '0px',
    };
  });
}

test('The page is used with a keyboard alone', {skip}, async t => {
  const {daemon, origin, page, faults} = await startPage(t);
  const service = await leakyService(t, daemon, 'orders');
  await service.handle(50);
  await service.collect();
  await go(page, origin, '/');
  await waitForText(page, 'orders');

  const tabTo = async wanted => {
    for (let i = 0; i < 60; ++i) {
      await page.keyboard.press('Tab');
      const {text, seen} = await focused(page);
      assert.ok(seen, `the focus on ${text} cannot be seen`);
      if (text === wanted) return;
    }
    assert.fail(`Tab does not lead to ${wanted}`);
  };
  await page.keyboard.press('Tab');
  assert.equal((await focused(page)).text, 'Skip to the content');
  await page.keyboard.press('Enter');
  await tabTo('orders');
  await page.keyboard.press('Enter');
  await waitForText(page, 'Over time');
  await tabTo('moment');
  const before = await page.$eval('#moment', one =>
    one.getAttribute('aria-valuetext'));
  for (let i = 0; i < 100; ++i) await page.keyboard.press('ArrowLeft');
  const after = await page.$eval('#moment', one =>
    one.getAttribute('aria-valuetext'));
  assert.notEqual(after, before);
  assert.match(after, /^\d\d:\d\d:\d\d: /);

  // Updates leave the focus where it is.
  await tabTo('All of them as a table');
  await page.keyboard.press('Enter');
  await new Promise(resolve => setTimeout(resolve, 2500));
  assert.equal((await focused(page)).text, 'All of them as a table');
  assert.ok((await rowsOf(page, 'Collections, newest first')).length > 0);

  await page.evaluate(() => document.querySelector('#sign-in').focus());
  await page.keyboard.press('Enter');
  await page.keyboard.type(daemon.token);
  await page.keyboard.press('Enter');
  await tabTo('Snapshots');
  await page.keyboard.press('Enter');
  await waitForText(page, 'There is none yet.');
  assert.deepEqual(faults, []);
});

// Markup, and what an address reads in its own way.
const EVIL = '<img src=x onerror=alert(1)>&a=+%41#';

const SUSPICION = {
  state: 'LEAK_STATE_SUSPECTED', confidence: 0.9994, collection_count: 24,
  since: '2026-01-01T00:00:00Z', window: '5400s', time_to_limit: '11520s',
  live_bytes: {slope_per_hour: 13.2e6, confidence: 0.9994},
  growing_classes: [{
    class_name: 'UpstreamError', tag: LEAK_TAG, bytes_per_hour: 9.1e6,
    objects_per_hour: 40_000, live_bytes: '1843200', live_object_count: '800',
  }, {
    class_name: EVIL, tag: '', bytes_per_hour: 1e5,
    objects_per_hour: 10, live_bytes: '1000', live_object_count: '8',
  }],
};

test('A suspicion is said in words, and no name becomes markup', {skip},
     async t => {
  const {daemon, origin, page, faults} = await startPage(t);
  await leakyService(t, daemon, 'orders');
  await page.setRequestInterception(true);
  page.on('request', async request => {
    if (!request.url().endsWith('/GetStats')) {
      await request.continue();
      return;
    }
    const answer = await fetch(request.url(), {
      method: 'POST', body: request.postData(),
      headers: {'Content-Type': 'application/json'},
    });
    const body = await answer.json();
    body.stats.leak_verdict = SUSPICION;
    await request.respond(
        {contentType: 'application/json', body: JSON.stringify(body)});
  });
  await go(page, origin, '/');
  await waitForText(page, 'Leak suspected');
  await inspect(page, 'suspected-heaps');
  await click(page, 'link', 'orders');
  await waitForText(page, /UpstreamError \(GET \/orders 502\) grows fastest/);
  await waitForText(page, 'meets its limit in 3\u00a0h 12\u00a0min');
  await waitForText(page, EVIL);
  assert.equal(await page.$$eval('img', images => images.length), 0);
  await inspect(page, 'suspected-heap');
  await click(page, 'link', EVIL);
  await page.waitForSelector('#only-class');
  assert.equal(await page.$eval('#only-class', one => one.value), EVIL);
  assert.deepEqual(faults, []);
});

test('A snapshot that is being taken shows how far it is', {skip}, async t => {
  const {daemon, origin, page, faults} = await startPage(t);
  await leakyService(t, daemon, 'orders');
  let snapshot = {
    snapshot: 'orders-1', heap: 'orders', label: 'slow', duration: '4s',
    state: 'SNAPSHOT_STATE_WRITING', create_time: new Date().toISOString(),
    pause_duration: '0.0004s', size_bytes: '0', node_count: '420000',
    progress_ratio: 0.42, phase: 'SNAPSHOT_PHASE_READING', storage: 'local',
    estimated_remaining_duration: '5.5s', requested_by: 'token:tests',
    trigger: 'SNAPSHOT_TRIGGER_LEAK', rule: '', left_out_object_count: '0',
    compression: 'SNAPSHOT_COMPRESSION_NONE', error: '',
  };
  const cancelled = [];
  await page.setRequestInterception(true);
  page.on('request', async request => {
    const answer = body => request.respond(
        {contentType: 'application/json', body: JSON.stringify(body)});
    if (request.url().endsWith('/ListSnapshots')) {
      await answer({snapshots: [snapshot], next_page_token: ''});
    } else if (request.url().endsWith('/CancelSnapshot')) {
      cancelled.push(JSON.parse(request.postData()));
      snapshot = {...snapshot, state: 'SNAPSHOT_STATE_CANCELLED'};
      await answer({snapshot});
    } else {
      await request.continue();
    }
  });
  await go(page, origin, '/heaps/orders/snapshots');
  await waitForText(page, /Reading, 42\u00a0%, about 5.5\u00a0s left, 420,000/);
  await waitForText(page, 'token:tests (leak)');
  assert.equal(await page.$eval('progress', one => one.value), 0.42);
  await inspect(page, 'progress');
  snapshot = {...snapshot, progress_ratio: 0.9, phase: 'SNAPSHOT_PHASE_STORING'};
  await waitForText(page, /Storing, 90/);
  await click(page, 'button', 'Cancel slow');
  await waitForText(page, 'Cancelled');
  assert.deepEqual(cancelled, [{snapshot: 'orders-1'}]);
  assert.equal(await page.$('progress:not([hidden])'), null);
  assert.deepEqual(faults, []);
});

test('The page says when heapd does not answer', {skip}, async t => {
  const {daemon, origin, page} = await startPage(t);
  await go(page, origin, '/');
  await waitForText(page, 'There is no heap that you may see.');
  await click(page, 'button', 'Live');
  await waitForText(page, 'Paused');
  await click(page, 'button', 'Paused');
  await waitForText(page, 'Live');
  assert.equal(await daemon.stop(), 0);
  await waitForText(page, 'No answer from heapd.');
  await waitForText(page, 'No connection');
  await inspect(page, 'no-connection');
});
