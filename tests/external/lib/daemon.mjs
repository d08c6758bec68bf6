// Starts heapd for one test and stops it again.

import {spawn} from 'node:child_process';
import crypto from 'node:crypto';
import {once} from 'node:events';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';

import {buildDir} from './packages.mjs';

const START_MILLISECONDS = 30_000;
const STOP_MILLISECONDS = 30_000;

// Rejects with `message()` unless `promise` is settled in time.
export async function withDeadline(promise, milliseconds, message) {
  let timer;
  const expired = new Promise((resolve, reject) => {
    timer = setTimeout(
        () => reject(new Error(
            `${message()} (after ${milliseconds} ms)`)),
        milliseconds);
  });
  try {
    return await Promise.race([promise, expired]);
  } finally {
    clearTimeout(timer);
  }
}

// A running heapd on loopback ports of its own, with a folder for snapshots and
// one bearer token.
class Daemon {
  #process;
  #exit;
  #log = '';

  constructor(dir) {
    this.dir = dir;
    this.snapshotDir = path.join(dir, 'snapshots');
    this.token = crypto.randomBytes(32).toString('base64url');
    this.tokenFile = path.join(dir, 'token');
    this.portsFile = path.join(dir, 'ports.json');
    fs.writeFileSync(this.tokenFile, `${this.token}\n`, {mode: 0o600});
  }

  // What it wrote to its two outputs so far.
  get log() {
    return this.#log;
  }

  // Addresses "HOST:PORT" of the planes, known once it runs.
  get dataAddress() {
    return this.addresses.data[0];
  }
  get operationsAddress() {
    return this.addresses.operations[0];
  }
  get livenessAddress() {
    return this.addresses.liveness[0];
  }
  get readinessAddress() {
    return this.addresses.readiness[0];
  }

  // Free ports the first time, then the same ones.
  #listen(plane) {
    return [`--listen.${plane}`, this.addresses?.[plane][0] ?? '127.0.0.1:0'];
  }

  #arguments(extra) {
    const hash =
        crypto.createHash('sha256').update(this.token).digest('hex');
    return [
      ...this.#listen('data'),
      ...this.#listen('operations'),
      ...this.#listen('liveness'),
      ...this.#listen('readiness'),
      '--memory.budget', '1GiB',
      '--snapshots.directory', this.snapshotDir,
      '--snapshots.min_free_disk', '1MiB',
      '--auth.tokens', `tests:${hash}`,
      '--ports-file', this.portsFile,
      ...extra,
    ];
  }

  // Resolves when all its addresses are bound. `extra`: more flags. Once it has
  // ended it can be started again, on the same addresses.
  async start(extra) {
    const program = path.join(buildDir, 'bin/heapd');
    const bound = this.#waitForPorts();
    this.#process = spawn(
        program, this.#arguments(extra), {stdio: ['ignore', 'pipe', 'pipe']});
    for (const output of [this.#process.stdout, this.#process.stderr]) {
      output.setEncoding('utf8').on('data', text => { this.#log += text; });
    }
    this.#exit = once(this.#process, 'close');
    const ended = this.#exit.then(([code, signal]) => {
      throw new Error(`heapd ended with ${code ?? signal}:\n${this.#log}`);
    });
    ended.catch(() => {});
    try {
      this.addresses = await withDeadline(
          Promise.race([bound.addresses, ended]), START_MILLISECONDS,
          () => `heapd has not started:\n${this.#log}`);
    } finally {
      bound.close();
    }
  }

  // The file appears once all addresses are bound.
  #waitForPorts() {
    fs.rmSync(this.portsFile, {force: true});
    let watcher;
    const addresses = new Promise(resolve => {
      watcher = fs.watch(this.dir, () => {
        try {
          resolve(JSON.parse(fs.readFileSync(this.portsFile, 'utf8')));
        } catch {
          // Not there yet, or not whole: the next change tells.
        }
      });
    });
    return {addresses, close: () => watcher.close()};
  }

  // Ends it as a crash would, and waits for that.
  async kill() {
    this.#process.kill('SIGKILL');
    await this.#exit;
  }

  // Sends SIGTERM, waits for the end and returns the exit code. Twice is fine.
  async stop() {
    if (this.#process?.pid === undefined) return 0;  // it never ran
    if (this.#process.exitCode === null) this.#process.kill('SIGTERM');
    try {
      const [code] = await withDeadline(
          this.#exit, STOP_MILLISECONDS,
          () => `heapd does not stop:\n${this.#log}`);
      return code;
    } finally {
      this.#process.kill('SIGKILL');
    }
  }
}

// Starts a daemon, with these flags too, that the end of the test `t` stops.
export async function startDaemon(t, ...extra) {
  const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'heapd-external-'));
  const daemon = new Daemon(dir);
  t.after(async () => {
    try {
      await daemon.stop();
    } finally {
      fs.rmSync(dir, {recursive: true, force: true});
    }
  });
  await daemon.start(extra);
  return daemon;
}
