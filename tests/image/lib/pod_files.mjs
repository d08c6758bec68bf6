// The files of a pod on disk, as the kubelet lays them out.

import {execFileSync} from 'node:child_process';
import crypto from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';

// A volume of files as the kubelet writes it: each is a link through ..data to
// a folder with a time in its name, so that all can be replaced at once.
export function writeVolume(dir, files, {mode, owner}) {
  const data = path.join(dir, '..2026_11_26_00_00_00.000000001');
  fs.mkdirSync(data, {recursive: true});
  fs.symlinkSync(path.basename(data), path.join(dir, '..data'));
  for (const [name, text] of Object.entries(files)) {
    const file = path.join(data, name);
    fs.writeFileSync(file, text, {mode});
    fs.chownSync(file, 0, owner);
    fs.symlinkSync(path.join('..data', name), path.join(dir, name));
  }
  return dir;
}

// A token, and the hash that heapd gets of it.
export function makeToken() {
  const token = crypto.randomBytes(32).toString('base64url');
  const sha256 = crypto.createHash('sha256').update(token).digest('hex');
  return {token, sha256};
}

// Certificates as cert-manager would make them: tls.crt, tls.key and ca.crt for
// the daemon, client.crt and client.key for a service of namespace shop.
export function makeCertificates(dir) {
  fs.mkdirSync(dir, {recursive: true});
  const script = `
set -e
key() {
  openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes "$@" 2>/dev/null
}
key -x509 -days 2 -subj '/CN=heapd authority' -keyout ca.key -out ca.crt \\
  -addext basicConstraints=critical,CA:TRUE \\
  -addext keyUsage=critical,keyCertSign
leaf() {
  key -subj "/CN=$1" -keyout "$1.key" -out "$1.csr"
  printf 'subjectAltName=%s\\nextendedKeyUsage=%s\\n' "$2" "$3" >"$1.ext"
  openssl x509 -req -in "$1.csr" -CA ca.crt -CAkey ca.key -CAcreateserial \\
    -days 1 -out "$1.crt" -extfile "$1.ext" 2>/dev/null
}
leaf tls DNS:heapd.heapd.svc,DNS:localhost,IP:127.0.0.1 serverAuth
leaf client URI:spiffe://cluster.local/ns/shop/sa/web clientAuth
`;
  execFileSync('bash', ['-c', script], {cwd: dir});
  return Object.fromEntries(
      ['ca.crt', 'tls.crt', 'tls.key', 'client.crt', 'client.key'].map(
          name => [name, fs.readFileSync(path.join(dir, name), 'utf8')]));
}
