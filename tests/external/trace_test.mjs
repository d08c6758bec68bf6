// The trace lines of heapd are read by what reads Node's own, and say the same
// as its other two accounts of the collector.

import assert from 'node:assert/strict';
import {execFileSync} from 'node:child_process';
import {test} from 'node:test';

import {startDaemon} from './lib/daemon.mjs';
import {heapctl} from './lib/heapctl.mjs';

// A line of Node 20's --trace-gc, from V8's gc-tracer.cc: what it prints of
// incremental steps stands between the times and the utilisations. Node 18
// says Mark-sweep where later ones say Mark-Compact.
const LINE = new RegExp(
    String.raw`^\[(?<pid>\d+):(?<isolate>0x[0-9a-f]+)\] +(?<age>\d+) ms: ` +
    String.raw`(?<kind>Scavenge|Mark-Compact|Mark-sweep)(?: \(reduce\))? ` +
    String.raw`(?<usedBefore>[\d.]+) \((?<committedBefore>[\d.]+)\) -> ` +
    String.raw`(?<usedAfter>[\d.]+) \((?<committedAfter>[\d.]+)\) MB, ` +
    String.raw`(?<pause>[\d.]+) / (?<external>[\d.]+) ms  ` +
    String.raw`(?:\(\+ [^)]*\) )?` +
    String.raw`\(average mu = (?<average>[\d.]+), ` +
    String.raw`current mu = (?<current>[\d.]+)\) ` +
    String.raw`(?<reason>[a-zA-Z ]+); ?(?<note>.*)$`);

function parse(text) {
  return text.split('\n').filter(line => line.startsWith('[')).map(line => {
    const match = LINE.exec(line);
    assert.ok(match, `not a trace line: ${line}`);
    return match.groups;
  });
}

// As the line rounds it.
const megabytes = bytes => (Number(bytes) / 2 ** 20).toFixed(1);
// From "0.012s".
const milliseconds = duration => Number(duration.replace(/s$/, '')) * 1000;

function expectSame(line, collection) {
  const minor = collection.kind === 'COLLECTION_KIND_MINOR';
  assert.equal(line.kind, minor ? 'Scavenge' : 'Mark-Compact');
  assert.equal(
      line.reason.replaceAll(' ', '_'),
      collection.reason.replace('COLLECTION_REASON_', '').toLowerCase());
  assert.equal(line.usedBefore, megabytes(collection.used_bytes_before));
  assert.equal(line.usedAfter, megabytes(collection.used_bytes_after));
  assert.equal(line.committedBefore,
               megabytes(collection.committed_bytes_before));
  assert.equal(line.committedAfter,
               megabytes(collection.committed_bytes_after));
  const near = (text, value, half) =>
      assert.ok(Math.abs(Number(text) - value) <= half, `${text} ${value}`);
  near(line.age, milliseconds(collection.heap_age), 0.501);
  near(line.pause, milliseconds(collection.pause_duration), 0.00501);
  near(line.average, collection.average_mutator_utilization, 0.000501);
  near(line.current, collection.current_mutator_utilization, 0.000501);
}

test('the expression reads what this Node writes', () => {
  const text = execFileSync(
      process.execPath,
      [
        '--trace-gc', '-e',
        'let a = []; for (let i = 0; i < 2e6; i++) a.push({i}); a = null;' +
            'for (let i = 0; i < 2e6; i++) ({i, j: [i]});',
      ],
      {encoding: 'utf8'});
  const lines = parse(text);
  assert.ok(lines.some(line => line.kind === 'Scavenge'), text);
  assert.ok(lines.some(line => line.kind.startsWith('Mark-')), text);
});

test('lines, stats and watchers tell the same of each collection', async t => {
  const daemon = await startDaemon(t, '--trace-gc');
  await heapctl(daemon, 'heap', 'create', 'traced', '--limit', '64MiB');
  const {session} = await heapctl(daemon, 'session', 'open', 'traced');
  for (let i = 0; i < 5; ++i) {
    await heapctl(daemon, 'alloc', 'traced', '--session', session, '--string',
                  '--payload', `${i}`.repeat(100_000));
    await heapctl(daemon, 'collect', 'traced', ...(i % 2 ? ['--minor'] : []));
  }
  const {collections} = await heapctl(daemon, 'stats', 'traced');
  const lines = parse(daemon.log).filter(line => line.note === 'heap traced');
  assert.ok(collections.length >= 5);
  assert.equal(lines.length, collections.length);
  lines.forEach((line, i) => expectSame(line, collections[i]));
});
