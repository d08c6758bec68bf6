// Test data: the recorded heaps and the worked example of the format.

import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';

import {repoRoot, requirePackage} from './packages.mjs';

// A folder of its own for one test; `t` is the test's context, whose end
// removes it.
export function temporaryDir(t) {
  const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'heapd-external-'));
  t.after(() => fs.rmSync(dir, {recursive: true, force: true}));
  return dir;
}

export function recordedPath(state) {
  return path.join(
      repoRoot, 'tests/data', `node20-leaky-${state}.heapsnapshot.zst`);
}

// Unpacks state 1, 2 or 3 of the leaking Node 20 service into `dir`.
export function unpackRecorded(state, dir) {
  const {decompress} = requirePackage('fzstd');
  const file = path.join(dir, `node20-leaky-${state}.heapsnapshot`);
  fs.writeFileSync(file, decompress(fs.readFileSync(recordedPath(state))));
  return file;
}

export const SNAPSHOT_META = {
  node_fields: [
    'type', 'name', 'id', 'self_size', 'edge_count', 'trace_node_id',
    'detachedness',
  ],
  node_types: [
    [
      'hidden', 'array', 'string', 'object', 'code', 'closure', 'regexp',
      'number', 'native', 'synthetic', 'concatenated string', 'sliced string',
      'symbol', 'bigint', 'object shape', 'wasm object',
    ],
    'string', 'number', 'number', 'number', 'number', 'number',
  ],
  edge_fields: ['type', 'name_or_index', 'to_node'],
  edge_types: [
    [
      'context', 'element', 'property', 'internal', 'hidden', 'shortcut',
      'weak',
    ],
    'string_or_number', 'node',
  ],
  trace_function_info_fields:
      ['function_id', 'name', 'script_name', 'script_id', 'line', 'column'],
  trace_node_fields: ['id', 'function_info_index', 'count', 'size', 'children'],
  sample_fields: ['timestamp_us', 'last_assigned_id'],
  location_fields: ['object_index', 'script_id', 'line', 'column'],
};

// A root "cache" holds A (100 bytes), whose slot `next` and weak slot `w` are
// B (50) and whose index 0 is C (25); a session holds C as well.
export function workedExample() {
  return {
    snapshot: {
      meta: structuredClone(SNAPSHOT_META),
      node_count: 8,
      edge_count: 9,
      trace_function_count: 0,
    },
    nodes: [
      9, 1, 1,   0,   1, 0, 0,  // 0: the root
      9, 2, 3,   0,   2, 0, 0,  // 1: (GC roots)
      9, 3, 5,   0,   1, 0, 0,  // 2: (Named roots)
      9, 4, 7,   0,   1, 0, 0,  // 3: (Client sessions)
      9, 5, 101, 0,   1, 0, 0,  // 4: the session
      3, 6, 103, 100, 3, 0, 0,  // 5: A
      3, 7, 105, 50,  0, 0, 0,  // 6: B
      3, 8, 107, 25,  0, 0, 0,  // 7: C
    ],
    edges: [
      1, 1, 7,                          // root -> (GC roots)
      3, 9, 14, 3, 10, 21,              // (GC roots) -> its groups
      2, 11, 35, 1, 0, 28, 1, 0, 49,    // cache, the session, what it holds
      2, 12, 42, 1, 0, 49, 6, 13, 42,   // A.next, A[0], weak A.w
    ],
    trace_function_infos: [],
    trace_tree: [],
    samples: [],
    locations: [],
    strings: [
      '<dummy>', '', '(GC roots)', '(Named roots)', '(Client sessions)',
      'session s1 (alice)', 'A', 'B', 'C', 'named roots', 'client sessions',
      'cache', 'next', 'w',
    ],
  };
}
