// Debian's HAProxy in front of daemons of lib/daemon.mjs, with the configuration
// that deploy/haproxy has.

import {spawn, spawnSync} from 'node:child_process';
import {once} from 'node:events';
import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import {setTimeout as sleep} from 'node:timers/promises';

import {withDeadline} from './daemon.mjs';
import {temporaryDir} from './data.mjs';
import {repoRoot} from './packages.mjs';

const CONFIG = path.join(repoRoot, 'deploy/haproxy/haproxy.cfg');
const PATIENCE_MILLISECONDS = 30_000;
const POLL_MILLISECONDS = 50;
const NAMES = ['a', 'b', 'c'];

// Why tests with it cannot run, or false.
export function noHaproxy() {
  return spawnSync('haproxy', ['-v']).error ? 'no haproxy here' : false;
}

// `text` with `pattern` replaced, which has to be there.
function replace(text, pattern, replacement) {
  if (!pattern.test(text)) throw new Error(`${CONFIG}: no ${pattern}`);
  return text.replace(pattern, replacement);
}

const portOf = address => address.slice(address.lastIndexOf(':') + 1);

// The configuration with what is this machine's and this test's.
function configFor(daemons, dir) {
  let text = fs.readFileSync(CONFIG, 'utf8');
  text = replace(text, /^ *(user|group) .*\n/gm, '');
  text = replace(text, /log \/dev\/log .*/, 'log stdout format raw local0 notice');
  text = replace(text, /stats socket \S+/, `stats socket ${dir}/admin`);
  text = replace(text, /^ *bind \S+/m, `    bind unix@${dir}/data`);
  text = replace(text, /maxconn \d+/, 'maxconn 200');
  daemons.forEach((daemon, index) => {
    const server = plane =>
        `server ${NAMES[index]} ${daemon.dataAddress} port ` +
        portOf(daemon[`${plane}Address`]);
    const line = `server ${NAMES[index]} \\S+ port `;
    text = replace(text, new RegExp(`${line}77\\d2`), server('liveness'));
    text = replace(text, new RegExp(`${line}77\\d3`), server('readiness'));
  });
  return text;
}

class Haproxy {
  #dir;
  #process;
  #log = '';

  constructor(dir) {
    this.#dir = dir;
    // Where clients connect to.
    this.address = `unix:${dir}/data`;
  }

  async start(daemons) {
    const file = path.join(this.#dir, 'haproxy.cfg');
    fs.writeFileSync(file, configFor(daemons, this.#dir));
    this.#process =
        spawn('haproxy', ['-f', file], {stdio: ['ignore', 'pipe', 'pipe']});
    for (const output of [this.#process.stdout, this.#process.stderr]) {
      output.setEncoding('utf8').on('data', text => { this.#log += text; });
    }
    this.exit = once(this.#process, 'close');
    await this.until(async () => {
      const servers = await this.servers().catch(() => ({}));
      return Object.values(servers).length === 2 * daemons.length &&
          Object.values(servers).every(status => status === 'UP');
    }, 'every server is up');
  }

  // What it answers on its admin socket.
  async ask(command) {
    const socket = net.connect(path.join(this.#dir, 'admin'));
    socket.setEncoding('utf8');
    socket.end(`${command}\n`);
    let answer = '';
    for await (const text of socket) answer += text;
    return answer;
  }

  // {"heapd/a": "UP", "heapd_ready/a": "DOWN", ...}
  async servers() {
    const servers = {};
    for (const line of (await this.ask('show stat')).split('\n')) {
      const [backend, server, ...columns] = line.split(',');
      if (!NAMES.includes(server)) continue;
      // "DOWN 1/2" while it is about to change.
      servers[`${backend}/${server}`] = columns[15].split(' ')[0];
    }
    return servers;
  }

  // Which daemon has which heap, as it thinks: {heap: index}.
  async places() {
    const places = {};
    const table = await this.ask('show table heapd_places');
    for (const [, heap, server] of
         table.matchAll(/key=(\S+) .*server_key=(\S+)/g)) {
      places[heap] = NAMES.indexOf(server);
    }
    return places;
  }

  // Waits until `condition()` holds.
  async until(condition, what) {
    const deadline = Date.now() + PATIENCE_MILLISECONDS;
    while (!await condition()) {
      if (Date.now() > deadline) {
        throw new Error(`${what}: not in time\n` +
                        `${JSON.stringify(await this.servers())}\n${this.#log}`);
      }
      await sleep(POLL_MILLISECONDS);
    }
  }

  async stop() {
    this.#process.kill('SIGTERM');
    try {
      await withDeadline(this.exit, PATIENCE_MILLISECONDS,
                         () => `haproxy does not stop:\n${this.#log}`);
    } finally {
      this.#process.kill('SIGKILL');
    }
  }
}

// The name of daemon `index` in a backend of the configuration.
export const serverOf = (backend, index) => `${backend}/${NAMES[index]}`;

// Starts it before three daemons; the end of the test `t` stops it.
export async function startHaproxy(t, daemons) {
  const haproxy = new Haproxy(temporaryDir(t));
  t.after(() => haproxy.stop());
  await haproxy.start(daemons);
  return haproxy;
}
