// Runs heapload, our load generator.

import assert from 'node:assert/strict';
import {execFile} from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';

import {temporaryDir} from './data.mjs';
import {buildDir} from './packages.mjs';

const RUN_MILLISECONDS = 300_000;

// What a client does that goes on whatever happens to a daemon: it tries again
// what may be tried again, and builds its heap anew where that is gone.
export const RESILIENT = ['--retries', '100', '--recreate', '--deadline', '60s'];

// Runs `heapload run ARGUMENTS...` on `heap` at `address`, and resolves to the
// calls in its report: {intended, ok, errors: {CLASS: count}, unsent, retries}.
export async function heapload(t, address, heap, ...args) {
  const file = path.join(temporaryDir(t), 'run.json');
  const all = [
    'run', '--quiet', '--address', address, '--heap', heap, '--json', file,
    ...args,
  ];
  const {error, stderr} = await new Promise(resolve => {
    execFile(
        path.join(buildDir, 'bin/heapload'), all, {timeout: RUN_MILLISECONDS},
        (error, stdout, stderr) => resolve({error, stderr}));
  });
  assert.ok(!error, `heapload ${all.join(' ')}: ${stderr || error}`);
  return JSON.parse(fs.readFileSync(file, 'utf8')).run.calls;
}

// Fails unless every call of a report was answered in the end.
export function assertAllAnswered(calls) {
  const text = JSON.stringify(calls);
  assert.deepEqual(calls.errors, {}, text);
  assert.equal(calls.unsent, 0, text);
  assert.equal(calls.ok, calls.intended, text);
}
