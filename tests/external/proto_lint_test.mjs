// The published contract keeps buf's rules (proto/buf.yaml).

import assert from 'node:assert/strict';
import {spawnSync} from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import {test} from 'node:test';

import {temporaryDir} from './lib/data.mjs';
import {repoRoot, requirePackage} from './lib/packages.mjs';

// buf's name of this machine's processor.
const PROCESSOR = process.arch === 'arm64' ? 'aarch64' : process.arch;
const LINT_MILLISECONDS = 60_000;

function lint(dir) {
  const buf =
      requirePackage.resolve(`@bufbuild/buf-linux-${PROCESSOR}/bin/buf`);
  const result = spawnSync(
      buf, ['lint', dir], {encoding: 'utf8', timeout: LINT_MILLISECONDS});
  assert.equal(result.error, undefined);
  return {status: result.status, text: result.stdout + result.stderr};
}

test('buf lint has nothing to say about proto/', () => {
  const {status, text} = lint(path.join(repoRoot, 'proto'));
  assert.equal(text, '');
  assert.equal(status, 0);
});

test('buf lint sees a fault in a copy of proto/', t => {
  const dir = temporaryDir(t);
  fs.cpSync(path.join(repoRoot, 'proto'), dir, {recursive: true});
  fs.writeFileSync(
      path.join(dir, 'heapd/v1/fault.proto'),
      'syntax = "proto3";\npackage heapd.v1;\nmessage bad_name {}\n');
  const {status, text} = lint(dir);
  assert.notEqual(status, 0);
  assert.match(text, /PascalCase/);
});
