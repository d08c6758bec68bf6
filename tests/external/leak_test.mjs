// A leak, from its suspicion to what holds it, without a download: heapctl
// leads a heap through the recorded states of the leaking service step by step.

import assert from 'node:assert/strict';
import path from 'node:path';
import {test} from 'node:test';

import {startDaemon} from './lib/daemon.mjs';
import {recordedPath} from './lib/data.mjs';
import {compare, loadSnapshot} from './lib/devtools.mjs';
import {compareWithHeapctl, heapctl} from './lib/heapctl.mjs';

const LEAKED = 'UpstreamError';
const TAG = 'recorded service';
// Two windows are the warm-up; the steps take longer than both and a third.
const WINDOW_SECONDS = 1;
const STEPS = 60;
const STEP_PAUSE = '40ms';

async function startReplay(t) {
  const daemon = await startDaemon(
      t, '--leak.window', `${WINDOW_SECONDS}s`, '--leak.sample_interval', '0s',
      '--leak.min_growth', '16KiB', '--leak.min_growth_percent', '0');
  const replay = await heapctl(
      daemon, 'replay', '--heap', 'leaky', '--create', '--tag', TAG,
      '--steps', `${STEPS}`, '--step-pause', STEP_PAUSE,
      ...[1, 2, 3].map(recordedPath));
  return {daemon, replay};
}

// The objects of the class that leaks, the largest first.
async function leakedObjects(daemon) {
  const {objects} = await heapctl(
      daemon, 'analyze', 'leaky', '--class', LEAKED, '--objects', '5');
  assert.equal(objects.length, 5);
  for (const object of objects) assert.equal(object.class_name, LEAKED);
  return objects;
}

test('A replayed leak is found and explained on the server', async t => {
  const {daemon, replay} = await startReplay(t);

  await t.test('The verdict suspects a leak and names what grows', () => {
    const verdict = replay.leak_verdict;
    assert.equal(verdict.state, 'LEAK_STATE_SUSPECTED');
    assert.ok(verdict.confidence > 0.9, `confidence ${verdict.confidence}`);
    const growing = verdict.growing_classes;
    assert.ok(growing.length <= 10);
    const leak = growing.find(({class_name: name}) => name === LEAKED);
    assert.ok(
        leak, `not among ${growing.map(({class_name: name}) => name)}`);
    assert.equal(leak.tag, TAG);
    // As of the last point but one: the newest is not whole yet.
    assert.ok(leak.live_object_count > 1100 && leak.live_object_count <= 1200);
    assert.ok(leak.objects_per_hour > 0);
    assert.match(daemon.log, /leak_suspected heap=leaky/);
  });

  await t.test('A path leads through the array of the retry log', async () => {
    const [{ref, tag}] = await leakedObjects(daemon);
    assert.equal(tag, TAG);
    const {steps} = await heapctl(daemon, 'explain', 'leaky', ref);
    const last = steps.length - 1;
    assert.equal(steps[last].type_name, LEAKED);
    assert.equal(steps[last].tag, TAG);
    const log = steps.findIndex(({slot_name: name}) => name === 'retryLog');
    assert.ok(log >= 0, JSON.stringify(steps));
    assert.equal(steps[log + 1].type_name, 'Array');
  });

  await t.test('The comparison is that of DevTools', async () => {
    const [first, , third] = replay.states.map(({snapshot}) => snapshot);
    const rows =
        await compareWithHeapctl(daemon, first.snapshot, third.snapshot);
    const [a, b] = await Promise.all([first, third].map(
        ({snapshot}) => loadSnapshot(
            path.join(daemon.snapshotDir, `${snapshot}.heapsnapshot`))));
    const classes = rows.filter(({class: name}) => name !== '');
    assert.deepEqual(classes, compare(a, b, {splitPlainObjects: false}));
    const leak = classes.find(({class: name}) => name === LEAKED);
    assert.equal(leak.countDelta, 800);
  });
});
