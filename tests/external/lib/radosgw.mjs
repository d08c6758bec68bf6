// A throwaway S3 store that is not ours, Ceph's radosgw, and a client for it
// that shares no code with heapd.

import {execFileSync, spawnSync} from 'node:child_process';
import crypto from 'node:crypto';
import fs from 'node:fs';
import http from 'node:http';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import {fileURLToPath} from 'node:url';

const PROGRAMS = ['radosgw', 'radosgw-admin', 'ceph-mon', 'ceph-osd', 'ceph'];
const START_MILLISECONDS = 90_000;
const SCRIPT = fileURLToPath(new URL('radosgw_up.sh', import.meta.url));

// Why there is no store to test with, or false.
export const noRadosgw =
    PROGRAMS.every(name => spawnSync('which', [name]).status === 0) ?
    false :
    'radosgw is not installed (Debian: radosgw ceph-mon ceph-osd ceph-common)';

// A port that is free, and the one behind it too.
async function freePort() {
  for (;;) {
    const servers = [net.createServer(), net.createServer()];
    const listen = (server, port) => new Promise((resolve, reject) => {
      server.once('error', reject);
      server.listen(port, '127.0.0.1', resolve);
    });
    try {
      await listen(servers[0], 0);
      const {port} = servers[0].address();
      await listen(servers[1], port + 1);
      return port;
    } catch {
      // The next one is taken: another try.
    } finally {
      servers.forEach(server => server.close());
    }
  }
}

const sha256 = data => crypto.createHash('sha256').update(data).digest('hex');
const hmac = (key, text) =>
    crypto.createHmac('sha256', key).update(text).digest();
const encode = text => encodeURIComponent(text).replace(
    /[!'()*]/g, c => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);

class Radosgw {
  constructor(folder, port, {accessKey, secretKey}) {
    this.folder = folder;
    this.port = port;
    this.accessKey = accessKey ?? 'heapd-tests';
    this.secretKey = secretKey ?? crypto.randomBytes(20).toString('hex');
  }

  get endpoint() {
    return `http://127.0.0.1:${this.port}`;
  }

  start() {
    execFileSync(
        SCRIPT, [this.folder, this.port, this.accessKey, this.secretKey],
        {timeout: START_MILLISECONDS, stdio: ['ignore', 'ignore', 'inherit']});
  }

  stop() {
    const file = path.join(this.folder, 'pids');
    const pids = fs.existsSync(file) ? fs.readFileSync(file, 'utf8') : '';
    for (const pid of pids.split('\n').filter(Boolean)) {
      try {
        process.kill(Number(pid), 'SIGKILL');
      } catch {
        // It has ended already.
      }
    }
  }

  // Sends a signed request: {status, body}.
  request(method, pathname, query = {}, content = '') {
    const date = new Date().toISOString().replace(/[-:]|\.\d+/g, '');
    const day = date.slice(0, 8);
    const canonicalQuery = Object.entries(query)
                               .map(([k, v]) => `${encode(k)}=${encode(v)}`)
                               .sort()
                               .join('&');
    const headers = {
      host: `127.0.0.1:${this.port}`,
      'x-amz-content-sha256': sha256(content),
      'x-amz-date': date,
    };
    const names = Object.keys(headers).join(';');
    const canonical = [
      method, pathname, canonicalQuery,
      ...Object.entries(headers).map(([k, v]) => `${k}:${v}`), '', names,
      sha256(content),
    ].join('\n');
    const scope = `${day}/us-east-1/s3/aws4_request`;
    const text =
        ['AWS4-HMAC-SHA256', date, scope, sha256(canonical)].join('\n');
    const key = [day, 'us-east-1', 's3', 'aws4_request'].reduce(
        hmac, `AWS4${this.secretKey}`);
    headers.authorization =
        `AWS4-HMAC-SHA256 Credential=${this.accessKey}/${scope},` +
        `SignedHeaders=${names},Signature=${hmac(key, text).toString('hex')}`;
    const url = `${pathname}${canonicalQuery && '?'}${canonicalQuery}`;
    return new Promise((resolve, reject) => {
      const request = http.request(
          this.endpoint, {method, path: url, headers}, answer => {
            const pieces = [];
            answer.on('data', piece => pieces.push(piece));
            answer.on('error', reject);
            answer.on('end', () => resolve({
                               status: answer.statusCode,
                               body: Buffer.concat(pieces),
                             }));
          });
      request.on('error', reject);
      request.end(content);
    });
  }

  // The texts of all elements `name` in the answer to a list.
  async list(bucket, query, name) {
    const {body} = await this.request('GET', `/${bucket}`, query);
    return [...body.toString().matchAll(new RegExp(`<${name}>([^<]*)<`, 'g'))]
        .map(match => match[1]);
  }

  keys(bucket) {
    return this.list(bucket, {'list-type': '2'}, 'Key');
  }

  uploads(bucket) {
    return this.list(bucket, {uploads: ''}, 'UploadId');
  }
}

// Starts a store, with these keys or new ones, that the end of the test `t`
// stops.
export async function startRadosgw(t, keys = {}) {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'heapd-radosgw-'));
  const store = new Radosgw(folder, await freePort(), keys);
  t.after(() => {
    store.stop();
    fs.rmSync(folder, {recursive: true, force: true, maxRetries: 5});
  });
  store.start();
  return store;
}
