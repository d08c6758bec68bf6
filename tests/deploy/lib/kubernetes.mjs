// Judges objects of Kubernetes by the schemas of its API, without a cluster.

import {requirePackage} from './packages.mjs';

// Maps whose keys are free.
const FREE_KEYS = new RegExp(
    '/(labels|annotations|matchLabels|selector|nodeSelector|limits|requests|' +
    'data|stringData|binaryData)/[^]*$');

// A copy of `value` that notes in `seen` each field that anybody looks at. The
// package's validators let unknown fields pass; but a field that none of them
// has ever looked at is one that the API does not have.
function watched(value, path, seen) {
  if (value === null || typeof value !== 'object') return value;
  const copy = Array.isArray(value) ? [] : {};
  for (const key of Object.keys(value)) {
    copy[key] = watched(value[key], `${path}/${key}`, seen);
  }
  return new Proxy(copy, {
    get(target, key, receiver) {
      if (typeof key === 'string') seen.add(`${path}/${key}`);
      return Reflect.get(target, key, receiver);
    },
  });
}

function pathsOf(value, path = '') {
  if (value === null || typeof value !== 'object') return [];
  return Object.keys(value).flatMap(
      key => [`${path}/${key}`, ...pathsOf(value[key], `${path}/${key}`)]);
}

// The fields of `object` that nobody has looked at, outermost first.
function unseenFields(object, seen) {
  const unseen = pathsOf(object).filter(
      path => !FREE_KEYS.test(path) && !seen.has(path));
  return unseen.filter(
      path => !unseen.some(other => path.startsWith(`${other}/`)));
}

// Kubernetes' own kinds and those of two operators.
const PACKAGES = [
  'kubernetes-models',
  '@kubernetes-models/cert-manager',
  '@kubernetes-models/prometheus-operator',
];

function modelOf({apiVersion, kind}) {
  for (const name of PACKAGES) {
    let kinds;
    try {
      kinds = requirePackage(`${name}/${apiVersion}`);
    } catch {
      continue;  // it does not have this group or version
    }
    if (kinds[kind] !== undefined) return kinds[kind];
  }
  return undefined;
}

// Base64 may have line breaks, as kustomize writes it, which the package's
// pattern for it does not allow for.
function withoutLineBreaks(object) {
  if (object.kind !== 'Secret') return object;
  const data = Object.entries(object.data ?? {}).map(
      ([key, value]) => [key, value.replaceAll('\n', '')]);
  return {...object, data: Object.fromEntries(data)};
}

// What is wrong with `object`, as texts; none if it is as the API wants it.
export function faultsOf(object) {
  const model = modelOf(object);
  if (model === undefined) return ['unknown kind'];
  const seen = new Set();
  try {
    model.prototype.validate.call(
        watched(withoutLineBreaks(object), '', seen));
  } catch (error) {
    return [error.message];
  }
  return unseenFields(object, seen).map(path => `unknown field ${path}`);
}
