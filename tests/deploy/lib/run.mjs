// Other programs, run to their end.

import {spawnSync} from 'node:child_process';

const SECONDS = 120;

// What it printed on stdout; throws with all of it unless it exits with 0.
export function run(program, args, options = {}) {
  const result = spawnSync(program, args, {
    encoding: 'utf8',
    timeout: SECONDS * 1000,
    maxBuffer: 64 << 20,
    ...options,
  });
  if (result.error !== undefined) throw result.error;
  if (result.status !== 0) {
    throw new Error(
        `${program} ${args.join(' ')}: exit code ${result.status}\n` +
        `${result.stdout}${result.stderr}`);
  }
  return result.stdout;
}

// Why a test that needs `program` has to be left out, or false.
export function missing(program, args = ['--version']) {
  const {status} = spawnSync(program, args, {stdio: 'ignore'});
  return status === 0 ? false : `${program} is not installed`;
}
