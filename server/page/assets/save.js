// Downloads a snapshot to a file.

import {download} from './api.js';
import {announce, h} from './dom.js';
import {percent} from './format.js';

// Larger files go straight to the disk where the browser can do that: they
// would not fit its memory.
const LARGE = 256 * 2 ** 20;

const ENDINGS = {
  SNAPSHOT_COMPRESSION_ZSTD: '.zst', SNAPSHOT_COMPRESSION_GZIP: '.gz',
};

// `show(text)` is told how far it is.
export async function saveSnapshot(snapshot, show, signal) {
  const name = `${snapshot.snapshot}.heapsnapshot` +
      (ENDINGS[snapshot.compression] ?? '');
  const size = Number(snapshot.size_bytes);
  const toDisk = size > LARGE && window.showSaveFilePicker;
  const sink = toDisk ? await fileSink(name) : memorySink(name);
  try {
    const response = await download(snapshot.snapshot, signal);
    let received = 0;
    const reader = response.body.getReader();
    for (;;) {
      const {done, value} = await readPiece(reader);
      if (done) break;
      received += value.byteLength;
      await sink.write(value);
      show(`Downloading, ${percent(received / size)}`);
    }
    await sink.finish(snapshot.sha256);
    announce(`Downloaded ${name}`);
  } finally {
    show('Download');
  }
}

async function readPiece(reader) {
  try {
    return await reader.read();
  } catch (error) {
    if (error.name === 'AbortError') throw error;
    throw new Error('the download was cut before its end: try again');
  }
}

async function fileSink(name) {
  const handle = await window.showSaveFilePicker({suggestedName: name});
  const file = await handle.createWritable();
  return {write: piece => file.write(piece), finish: () => file.close()};
}

function memorySink(name) {
  const pieces = [];
  return {
    write: async piece => { pieces.push(piece); },
    finish: async sha256 => {
      const blob = new Blob(pieces, {type: 'application/octet-stream'});
      await check(blob, sha256);
      const url = URL.createObjectURL(blob);
      h('a', {href: url, download: name}).click();
      setTimeout(() => URL.revokeObjectURL(url), 60_000);
    },
  };
}

// Browsers compute digests for pages only that came over TLS or loopback.
async function check(blob, sha256) {
  if (!crypto.subtle || !sha256) return;
  const digest =
      await crypto.subtle.digest('SHA-256', await blob.arrayBuffer());
  const hex = [...new Uint8Array(digest)]
      .map(byte => byte.toString(16).padStart(2, '0')).join('');
  if (hex !== sha256) {
    throw new Error('the file that arrived is not the one that was stored ' +
        '(its SHA-256 differs): download it again');
  }
}
