// A snapshot of two million objects opens.

import assert from 'node:assert/strict';
import path from 'node:path';
import {test} from 'node:test';

import {startDaemon} from './lib/daemon.mjs';
import {loadSnapshot} from './lib/devtools.mjs';
import {connect} from './lib/grpc.mjs';
import {heapctl} from './lib/heapctl.mjs';
import {readWithMemlab} from './lib/memlab.mjs';

const OBJECTS = 2_000_000;
const BATCH_OBJECTS = 50_000;
const STRONG_LOCAL = 8n << 60n;

// Objects of which each refers to the one before and to another one; a name
// holds the last.
function buildBatch(type, part) {
  const columns = {
    kinds: [], types: [], numbers: [], values: [], sizes: [], refs: [],
    names: [], payloads: Buffer.alloc(8 * BATCH_OBJECTS),
  };
  for (let i = 0; i < BATCH_OBJECTS; ++i) {
    columns.kinds.push('OPERATION_KIND_ALLOCATE_UNHELD');
    columns.types.push(type);
    const values = i === 0 ? [] : [i - 1, (i * 7919) % i];
    columns.numbers.push(values.length, values.length);
    for (const to of values) {
      columns.values.push(String(STRONG_LOCAL | BigInt(to)));
    }
    columns.sizes.push(8);
  }
  columns.kinds.push('OPERATION_KIND_ROOT');
  columns.names.push(`part ${part}`);
  columns.refs.push(String((1n << 63n) | BigInt(BATCH_OBJECTS - 1)));
  return columns;
}

test('DevTools and memlab open two million objects', async t => {
  const daemon = await startDaemon(t);
  await heapctl(daemon, 'heap', 'create', 'large', '--limit', '1GiB');
  const objects = connect(t, daemon.dataAddress, 'heapd.v1.ObjectService');
  const {type} =
      await objects.DefineType({heap: 'large', type: {name: 'Entry'}});
  for (let part = 0; part < OBJECTS / BATCH_OBJECTS; ++part) {
    await objects.Apply({heap: 'large', batch: buildBatch(type, part)});
  }
  const snapshot =
      await heapctl(daemon, 'snapshot', 'create', 'large', '--wait');
  assert.ok(Number(snapshot.node_count) >= OBJECTS);
  const file =
      path.join(daemon.snapshotDir, `${snapshot.snapshot}.heapsnapshot`);
  const devTools = await loadSnapshot(file);
  assert.deepEqual(devTools.warnings, []);
  assert.equal(devTools.nodeCount, Number(snapshot.node_count));
  assert.equal(devTools.edgeCount, Number(snapshot.edge_count));
  const [row] = devTools.summary();
  assert.equal(row.class, 'Entry');
  assert.equal(row.count, OBJECTS);
  const memlab = await readWithMemlab(file);
  assert.equal(memlab.nodeCount, Number(snapshot.node_count));
  assert.equal(memlab.classCounts.get('Entry'), OBJECTS);
});
