// Runs heapctl, our command line, against a daemon of lib/daemon.mjs.

import assert from 'node:assert/strict';
import {execFile} from 'node:child_process';
import path from 'node:path';

import {buildDir} from './packages.mjs';

const RUN_MILLISECONDS = 300_000;

// Runs `heapctl ARGUMENTS... --output json` and returns what it printed,
// parsed. Fails the test if heapctl fails.
export async function heapctl(daemon, ...args) {
  const all = [
    '--address', daemon.dataAddress,
    '--operations-address', daemon.operationsAddress,
    '--token-file', daemon.tokenFile, '--output', 'json', ...args,
  ];
  const program = path.join(buildDir, 'bin/heapctl');
  const {error, stdout, stderr} = await new Promise(resolve => {
    const options = {timeout: RUN_MILLISECONDS, maxBuffer: 64 << 20};
    execFile(program, all, options, (error, stdout, stderr) => {
      resolve({error, stdout, stderr});
    });
  });
  assert.ok(!error, `heapctl ${args.join(' ')}: ${stderr || error}`);
  return JSON.parse(stdout);
}

// The rows of `heapctl snapshot compare` in the form of lib/devtools.mjs.
export async function compareWithHeapctl(daemon, base, current) {
  const rows = await heapctl(daemon, 'snapshot', 'compare', base, current);
  return rows
      .map(row => ({
             class: row.class_name,
             added: Number(row.new_count),
             removed: Number(row.deleted_count),
             countDelta: Number(row.count_delta),
             addedSize: Number(row.allocated_bytes),
             removedSize: Number(row.freed_bytes),
             sizeDelta: Number(row.size_delta_bytes),
           }))
      .sort((a, b) => a.class < b.class ? -1 : a.class > b.class ? 1 : 0);
}
