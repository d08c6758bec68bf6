// deploy/aws as far as it can be judged without AWS: form, names, and what the
// policies say. The provider's own schemas are not here.

import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import {test} from 'node:test';

import {renderOverlay} from './lib/overlays.mjs';
import {repoRoot, requirePackage} from './lib/packages.mjs';
import {missing, run} from './lib/run.mjs';

const dir = path.join(repoRoot, 'deploy/aws');
const noTerraform = missing('terraform');
const noKubectl = missing('kubectl', ['kustomize', '--help']);

// What is behind # is not read.
const textOf = folder =>
    fs.readdirSync(folder)
        .filter(name => name.endsWith('.tf'))
        .map(name => fs.readFileSync(path.join(folder, name), 'utf8'))
        .join('\n')
        .replaceAll(/^\s*#.*$/gm, '');
const matches = (text, pattern) => new Set(
    [...text.matchAll(pattern)].map(match => match.slice(1).join('.')));

// Everything that is named but not declared, and what is declared for nothing.
function looseEnds(folder) {
  const text = textOf(folder);
  const declared = new Set([
    ...matches(text, /^resource "(\w+)" "(\w+)"/gm),
    ...[...matches(text, /^data "(\w+)" "(\w+)"/gm)]
        .map(name => `data.${name}`),
    ...[...matches(text, /^variable "(\w+)"/gm)].map(name => `var.${name}`),
    ...[...matches(text, /^  (\w+) += /gm)].map(name => `local.${name}`),
  ]);
  const named = new Set([
    ...[...matches(text, /(?<![\w."])(aws_\w+)\.(\w+)/g)],
    ...[...matches(text, /\bdata\.(\w+)\.(\w+)/g)].map(name => `data.${name}`),
    ...[...matches(text, /\bvar\.(\w+)/g)].map(name => `var.${name}`),
    ...[...matches(text, /\blocal\.(\w+)/g)].map(name => `local.${name}`),
  ]);
  return {
    undeclared: [...named].filter(name => !declared.has(name)),
    unused: [...declared].filter(
        name => name.startsWith('var.') && !named.has(name)),
  };
}

function withCopy(t, folder) {
  const copy = fs.mkdtempSync(path.join(os.tmpdir(), 'heapd-aws-'));
  t.after(() => fs.rmSync(copy, {recursive: true}));
  fs.cpSync(folder, copy, {recursive: true});
  return copy;
}

test('files have the form of terraform fmt', {skip: noTerraform}, () => {
  run('terraform', ['fmt', '-check', '-diff', '-recursive', dir]);
});

test('the policies say what they should', {skip: noTerraform}, t => {
  const cwd = withCopy(t, path.join(dir, 'policies'));
  run('terraform', ['init', '-input=false'], {cwd});
  run('terraform', ['validate'], {cwd});
  assert.match(
      run('terraform', ['test', '-no-color'], {cwd}), /\b9 passed, 0 failed/);
});

test('every name is declared, every variable is used', () => {
  for (const folder of [dir, path.join(dir, 'policies')]) {
    assert.deepEqual(looseEnds(folder), {undeclared: [], unused: []}, folder);
  }
});

test('the policies get what they ask for and give what is used', () => {
  const text = textOf(dir);
  const policies = textOf(path.join(dir, 'policies'));
  const [call] = /module "policies" \{[^}]*\}/.exec(text);
  const given = matches(call, /^  (\w+) += /gm);
  given.delete('source');
  assert.deepEqual(
      [...given].sort(), [...matches(policies, /^variable "(\w+)"/gm)].sort());
  const outputs = matches(policies, /^output "(\w+)"/gm);
  assert.deepEqual(
      [...matches(text, /\bmodule\.policies\.(\w+)/g)].sort(),
      [...outputs].sort());
});

test('unfinished uploads and old snapshots end by themselves', () => {
  const text = textOf(dir);
  assert.match(
      text,
      /abort_incomplete_multipart_upload \{\s+days_after_initiation = 1\s/);
  assert.match(text, /noncurrent_version_expiration/);
});

test('the overlay for EKS is for what is made here', {skip: noKubectl}, () => {
  const overlay = renderOverlay('eks');
  const text = textOf(dir);
  const example = fs.readFileSync(path.join(dir, 'example.tfvars'), 'utf8');
  const args = overlay.container.args;
  const destination = requirePackage('js-yaml').load(
      args[args.indexOf('--snapshots.destinations') + 1]);
  const variable = name =>
      new RegExp(`variable "${name}" \\{[^}]*default += "([^"]+)"`)
          .exec(text)[1];
  assert.equal(destination.bucket, /bucket = "(.+)"/.exec(example)[1]);
  assert.equal(destination.region, /region = "(.+)"/.exec(example)[1]);
  assert.equal(destination.prefix, variable('prefix'));
  const {metadata} = overlay.one('ServiceAccount', 'heapd');
  assert.equal(
      `${metadata.namespace}:${metadata.name}`, variable('service_account'));
  assert.match(
      metadata.annotations['eks.amazonaws.com/role-arn'],
      new RegExp(`:role/${variable('name')}$`));
});
