// heapd's published contract through @grpc/grpc-js and @grpc/proto-loader: a
// client that shares no code with ours.

import assert from 'node:assert/strict';
import path from 'node:path';

import {repoRoot, requirePackage} from './packages.mjs';

const PROTO_DIRS = [
  path.join(repoRoot, 'proto'),
  path.join(repoRoot, 'tests/external/proto'),
];

const PROTO_FILES = [
  'google/rpc/error_details.proto',
  'google/rpc/status.proto',
  'grpc/health/v1/health.proto',
  'grpc/reflection/v1alpha/reflection.proto',
  'heapd/v1/collector_service.proto',
  'heapd/v1/heap_service.proto',
  'heapd/v1/object_service.proto',
  'heapd/v1/snapshot_service.proto',
];

const CALL_MILLISECONDS = 30_000;

const grpc = requirePackage('@grpc/grpc-js');
const definition = requirePackage('@grpc/proto-loader').loadSync(PROTO_FILES, {
  includeDirs: PROTO_DIRS,
  keepCase: true,
  // 64-bit numbers as decimal strings: refs do not fit a JavaScript number.
  longs: String,
  enums: String,
  defaults: true,
  oneofs: true,
});
const packages = grpc.loadPackageDefinition(definition);

export const {status} = grpc;

// The error details in `error`'s trailers as {ErrorInfo: {...}, BadRequest:
// {...}, ...}, by the google.rpc messages in proto/.
export function errorDetails(error) {
  const [bytes] = error.metadata?.get('grpc-status-details-bin') ?? [];
  if (!bytes) return {};
  const {code, details} = definition['google.rpc.Status'].deserialize(bytes);
  assert.equal(code, error.code, 'the details are of another code');
  const known = {};
  for (const any of details) {
    const name = any.type_url.replace('type.googleapis.com/', '');
    known[name.split('.').at(-1)] = definition[name].deserialize(any.value);
  }
  return known;
}

// Fails unless `call` (a promise) is refused with this code and this reason in
// its ErrorInfo; returns the details.
export async function refused(call, code, reason) {
  let error;
  try {
    await call;
  } catch (caught) {
    error = caught;
  }
  assert.ok(error, `the call succeeded, ${reason} was expected`);
  assert.equal(
      grpc.status[error.code], grpc.status[code], String(error.message));
  const details = errorDetails(error);
  assert.equal(details.ErrorInfo?.reason, reason, String(error.message));
  assert.equal(details.ErrorInfo.domain, 'heapd');
  return details;
}

function lookUp(service) {
  return service.split('.').reduce((where, name) => where[name], packages);
}

// For connect(): trusts the authority `ca`, and shows `certificate` with `key`
// if they are given. All in PEM.
export function tlsCredentials({ca, certificate, key}) {
  const bytes = pem => pem === undefined ? null : Buffer.from(pem);
  return grpc.credentials.createSsl(
      bytes(ca), bytes(key), bytes(certificate));
}

// A stub of `service` (its full name) at `address`. Each unary method returns a
// promise; streams are grpc-js's own. With `token` every call carries it;
// without `credentials` it speaks plaintext. `heap` is named in metadata, for
// balancers.
export function connect(
    t, address, service,
    {token, heap, credentials = grpc.credentials.createInsecure()} = {}) {
  const Stub = lookUp(service);
  const stub = new Stub(address, credentials, {
    'grpc.max_receive_message_length': 80 << 20,
    'grpc.max_send_message_length': 80 << 20,
  });
  t.after(() => stub.close());
  const metadata = new grpc.Metadata();
  if (token) metadata.set('authorization', `Bearer ${token}`);
  if (heap) metadata.set('heapd-heap', heap);
  const options = () => ({deadline: Date.now() + CALL_MILLISECONDS});
  const methods = {};
  for (const [name, method] of Object.entries(Stub.service)) {
    const call = stub[name].bind(stub);
    if (method.requestStream) {
      methods[name] = () => call(metadata, options());
    } else if (method.responseStream) {
      methods[name] = request => call(request, metadata, options());
    } else {
      methods[name] = request => new Promise((resolve, reject) => {
        call(request, metadata, options(), (error, response) =>
            error ? reject(error) : resolve(response));
      });
    }
  }
  return methods;
}

// All messages of a server stream, in order; rejects with its error.
export async function collect(stream) {
  const messages = [];
  for await (const message of stream) messages.push(message);
  return messages;
}
