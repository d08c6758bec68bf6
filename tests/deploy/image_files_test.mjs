// Dockerfiles, what goes into an image, and the scripts below deploy/.

import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import {test} from 'node:test';

import {noHeapd, understood} from './lib/heapd.mjs';
import {repoRoot, requirePackage} from './lib/packages.mjs';
import {missing, run} from './lib/run.mjs';

const at = name => path.join(repoRoot, name);
const read = name => fs.readFileSync(at(name), 'utf8');

const DOCKERFILES = ['Dockerfile', 'deploy/compose/store/Dockerfile'];

function below(folder) {
  return fs.readdirSync(at(folder), {withFileTypes: true}).flatMap(
      entry => entry.isDirectory() ? below(path.join(folder, entry.name)) :
                                     [path.join(folder, entry.name)]);
}

test('Dockerfiles have no faults', () => {
  const {validate} = requirePackage('dockerfile-utils');
  for (const name of DOCKERFILES) {
    assert.deepEqual(
        validate(read(name)).map(({message, range}) =>
            `${name}:${range.start.line + 1}: ${message}`), []);
  }
  assert.notDeepEqual(validate('FROM a\nENTRYPONT ["b"]\n'), []);
});

test('images run as a user with a number and stop by SIGTERM', () => {
  for (const name of DOCKERFILES) {
    const text = read(name);
    assert.match(text, /^USER [1-9]\d+:[1-9]\d+$/m, name);
    assert.match(text, /^STOPSIGNAL SIGTERM$/m, name);
    assert.match(text, /^ENTRYPOINT \[/m, name);
    assert.match(text, /^HEALTHCHECK /m, name);
  }
});

test('nobody builds the tests who asks for the image', () => {
  const stages = [...read('Dockerfile').matchAll(/^FROM (\S+)(?: AS (\w+))?$/gm)]
                     .map(([, from, name]) => name ?? `from ${from}`);
  assert.deepEqual(
      stages, ['base', 'toolchain', 'build', 'heapd', 'test', 'from heapd']);
});

test('the context has everything that is copied, and no keys', () => {
  const ignored = read('.dockerignore').split('\n');
  assert.equal(ignored.find(line => !line.startsWith('#')), '*');
  const sources =
      [...read('Dockerfile').matchAll(/^COPY (?!--from)(.+) \S+$/gm)]
          .flatMap(([, words]) => words.split(' '));
  assert.ok(sources.length > 8);
  for (const source of sources.filter(source => source !== '.')) {
    assert.ok(fs.existsSync(at(source)), source);
    assert.ok(ignored.includes(`!${source.split('/')[0]}`), source);
  }
  for (const pattern of ['*.key', '*.pem', '*.tfstate*']) {
    assert.ok(ignored.includes(`**/${pattern}`), pattern);
  }
});

test('heapd takes the configuration of the image', {skip: noHeapd}, () => {
  const config = understood(read('deploy/image/heapd.yaml'));
  // Nobody is let in from elsewhere by default.
  for (const [plane, addresses] of Object.entries(config.listen)) {
    if (!Array.isArray(addresses)) continue;
    for (const address of addresses) {
      assert.match(address, /^127\.0\.0\.1:/, plane);
    }
  }
});

const noShellcheck = missing('shellcheck');

test('scripts pass shellcheck', {skip: noShellcheck}, () => {
  const scripts =
      [...below('deploy'), 'tests/run.sh', 'tests/deploy/run.sh',
       'tests/external/run.sh', 'tests/image/run.sh']
          .filter(name => name.endsWith('.sh'));
  assert.ok(scripts.length > 6);
  // With what they source, wherever this runs.
  run('shellcheck', ['-x', '-P', at('.'), ...scripts.map(at)]);
});
