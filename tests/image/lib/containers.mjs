// Runs containers with Docker or Podman, as root and on this machine only.

import assert from 'node:assert/strict';
import {spawnSync} from 'node:child_process';
import crypto from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';

const SECONDS = 120;

// What keeps a container in: nothing of the host, nothing to write to but its
// volumes, no rights, no network but its own loopback.
const CONFINED = [
  '--read-only', '--cap-drop', 'all', '--security-opt', 'no-new-privileges',
  '--network', 'none',
];

// Podman keeps images and containers apart from those of the machine. runc
// takes layouts of control groups that crun refuses, and lower limits than the
// default ones can be set without the right to raise them.
function podmanCommand(dir) {
  const config = path.join(dir, 'containers.conf');
  fs.mkdirSync(dir, {recursive: true});
  fs.writeFileSync(config, `[containers]
default_ulimits = ["nofile=1024:1024", "nproc=4096:4096"]
[engine]
cgroup_manager = "cgroupfs"
events_logger = "none"
`);
  process.env.CONTAINERS_CONF = config;
  return [
    'podman', '--root', path.join(dir, 'root'), '--runroot',
    path.join(dir, 'run'), '--storage-driver', 'overlay', '--runtime',
    '/usr/sbin/runc',
  ];
}

// One of the two programs.
class Engine {
  #command;

  // `confined`: options of its run command that keep a container in.
  constructor(command, confined) {
    this.#command = command;
    this.confined = confined;
  }

  // What it did, whatever that was: {status, stdout, stderr}.
  try(...args) {
    const [program, ...first] = this.#command;
    const result = spawnSync(program, [...first, ...args], {
      encoding: 'utf8',
      timeout: SECONDS * 1000,
      maxBuffer: 64 << 20,
    });
    if (result.error !== undefined) throw result.error;
    return result;
  }

  // Its stdout; throws unless it exits with 0.
  do(...args) {
    const {status, stdout, stderr} = this.try(...args);
    assert.equal(
        status, 0,
        `${this.#command[0]} ${args.join(' ')}:\n${stdout}${stderr}`);
    return stdout;
  }

  // Loads an archive and gives the id of its image.
  load(archive) {
    const name = /Loaded image(?:\(s\))?: (\S+)/.exec(
        this.do('load', '--quiet', '--input', archive))[1];
    return this.inspectImage(name).Id;
  }

  inspectImage(image) {
    return JSON.parse(this.do('image', 'inspect', image))[0];
  }
}

// The engine of HEAPD_ENGINE; podman keeps itself below `dir`.
export function chooseEngine(dir) {
  if (process.env.HEAPD_ENGINE === 'docker') {
    return new Engine(['docker'], CONFINED);
  }
  // Podman makes /tmp and the like writable, unless it is told not to.
  return new Engine(
      podmanCommand(dir), [...CONFINED, '--read-only-tmpfs=false']);
}

// A container that runs until the test `t` ends.
export class Container {
  #engine;
  #name = `heapd-test-${crypto.randomBytes(6).toString('hex')}`;

  // `options` of the engine's run command, `args` for the program in it.
  constructor(t, engine, image, options, args = []) {
    this.#engine = engine;
    t.after(() => engine.try('rm', '--force', '--volumes', this.#name));
    engine.do(
        'run', '--detach', '--name', this.#name, ...options, image, ...args);
  }

  // A command inside; its stdout. Throws with all that the container wrote unless
  // it exits with 0.
  exec(...command) {
    const {status, stdout, stderr} = this.tryExec(...command);
    assert.equal(
        status, 0, `${command.join(' ')}:\n${stdout}${stderr}\n${this.log}`);
    return stdout;
  }
  tryExec(...command) {
    return this.#engine.try('exec', this.#name, ...command);
  }

  // Everything that it wrote.
  get log() {
    const {stdout, stderr} = this.#engine.try('logs', this.#name);
    return stdout + stderr;
  }

  // What the image's own health check says of it now.
  get isHealthy() {
    const {Config} = this.#inspect();
    const [kind, ...command] = Config.Healthcheck.Test;
    assert.equal(kind, 'CMD');
    return this.tryExec(...command).status === 0;
  }

  // As a manager of containers stops them. Gives {exitCode, milliseconds}.
  stop(graceSeconds) {
    const begin = performance.now();
    this.#engine.do('stop', '--time', String(graceSeconds), this.#name);
    const milliseconds = performance.now() - begin;
    return {exitCode: this.#inspect().State.ExitCode, milliseconds};
  }

  #inspect() {
    return JSON.parse(this.#engine.do('container', 'inspect', this.#name))[0];
  }
}
