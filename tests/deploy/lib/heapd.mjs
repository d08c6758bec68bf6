// The daemon's own word on configurations.

import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';

import {buildDir, requirePackage} from './packages.mjs';
import {run} from './run.mjs';

const heapd = path.join(buildDir, 'bin/heapd');

// Why tests that ask heapd have to be left out, or false.
export const noHeapd = fs.existsSync(heapd) ? false : `${heapd} is not built`;

// The configuration in `text` with the flags `args` as heapd understands it,
// with all defaults; throws with what heapd says of one that it does not take.
// `tokens`: what is in auth.tokens_file, which heapd reads at once.
export function understood(text, {args = [], tokens} = {}) {
  const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'heapd-deploy-'));
  try {
    const file = path.join(dir, 'heapd.yaml');
    if (tokens !== undefined) {
      const tokensFile = path.join(dir, 'tokens.yaml');
      fs.writeFileSync(tokensFile, tokens);
      assert.match(text, /^  tokens_file: /m);
      text = text.replace(/^  tokens_file: .*$/m, `  tokens_file: ${tokensFile}`);
    }
    fs.writeFileSync(file, text);
    return requirePackage('js-yaml').load(
        run(heapd, ['--config', file, ...args, '--print-config']));
  } finally {
    fs.rmSync(dir, {recursive: true});
  }
}

// Digits with a unit as heapd, Kubernetes and Compose write it.
export function bytes(text) {
  const match = /^(\d+)([kmgt]?)i?b?$/i.exec(text);
  assert.ok(match, `not a size: ${text}`);
  const power = ' kmgt'.indexOf(match[2].toLowerCase() || ' ');
  return Number(match[1]) * 1024 ** power;
}

export function seconds(text) {
  const match = /^(\d+)s$/.exec(text);
  assert.ok(match, `not so many seconds: ${text}`);
  return Number(match[1]);
}

// That what heapd may have resident in a container with `limit` bytes fits
// (server/README.md, "Memory").
export function assertFits(config, limit) {
  const budget = limit * 0.75;
  const answers = Math.min(256 << 20, budget / 16);
  const resident = budget + answers + (160 << 20) +
      1.5 * bytes(config.limits.max_in_flight_bytes);
  assert.ok(
      resident <= limit,
      `${Math.round(resident / 2 ** 20)} MiB may be resident, ` +
          `of ${Math.round(limit / 2 ** 20)}`);
}
