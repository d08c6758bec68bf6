// The overlays of deploy/kubernetes as the cluster would get them.

import fs from 'node:fs';
import path from 'node:path';

import {repoRoot, requirePackage} from './packages.mjs';
import {run} from './run.mjs';

const overlaysDir = path.join(repoRoot, 'deploy/kubernetes/overlays');

export const overlayNames = fs.readdirSync(overlaysDir).sort();

// Everything that an overlay makes.
class Overlay {
  constructor(name) {
    this.name = name;
    this.text = run('kubectl', ['kustomize', path.join(overlaysDir, name)]);
    this.objects = requirePackage('js-yaml').loadAll(this.text);
  }

  all(kind) {
    return this.objects.filter(object => object.kind === kind);
  }

  // The only object of its kind and name.
  one(kind, name) {
    const found = this.all(kind).filter(
        object => object.metadata.name === name);
    if (found.length !== 1) {
      throw new Error(`${this.name} has ${found.length} ${kind}/${name}`);
    }
    return found[0];
  }

  get podSpec() {
    return this.one('StatefulSet', 'heapd').spec.template.spec;
  }

  get container() {
    return this.podSpec.containers[0];
  }

  // What a volume of the pod that is a ConfigMap or a generated Secret has:
  // file names to texts. None for what somebody else has to make.
  volumeFiles(volumeName) {
    const volume = this.podSpec.volumes.find(({name}) => name === volumeName);
    if (volume?.configMap !== undefined) {
      return this.one('ConfigMap', volume.configMap.name).data;
    }
    const secret = this.all('Secret').find(
        ({metadata}) => metadata.name === volume?.secret?.secretName);
    const decode = data => Buffer.from(data, 'base64').toString();
    return Object.fromEntries(
        Object.entries(secret?.data ?? {})
            .map(([file, data]) => [file, decode(data)]));
  }

  // The configuration of heapd, as text.
  get config() {
    return this.volumeFiles('config')['heapd.yaml'];
  }
}

export function renderOverlay(name) {
  return new Overlay(name);
}
