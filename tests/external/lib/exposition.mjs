// Prometheus' text format, as one server wrote it.

import http from 'node:http';

// What a GET of `path` at "HOST:PORT" is answered with.
export function get(address, path, headers = {}) {
  return new Promise((resolve, reject) => {
    http.get(`http://${address}${path}`, {headers}, response => {
          let body = '';
          response.setEncoding('utf8').on('data', text => { body += text; });
          response.on('end', () => resolve(
              {status: response.statusCode, headers: response.headers, body}));
        })
        .on('error', reject);
  });
}

const SAMPLE = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)$/;
const LABEL = /([a-zA-Z_]\w*)="((?:[^"\\]|\\.)*)",?/gy;

function parseLabels(text) {
  const labels = {};
  LABEL.lastIndex = 0;
  while (LABEL.lastIndex < text.length) {
    const match = LABEL.exec(text);
    if (match === null) throw new Error(`not labels: ${text}`);
    labels[match[1]] = match[2].replace(
        /\\(.)/g, (_, char) => char === 'n' ? '\n' : char);
  }
  return labels;
}

// By name of the metric: {type, help, samples: [{name, labels, value}]}, where
// a sample's name may have a suffix such as _bucket.
export function parseExposition(text) {
  const metrics = new Map();
  let metric;
  for (const line of text.split('\n')) {
    const comment = /^# (HELP|TYPE) (\S+) (.*)$/.exec(line);
    if (comment !== null) {
      const [, kind, name, rest] = comment;
      if (!metrics.has(name)) metrics.set(name, {samples: []});
      metric = metrics.get(name);
      metric[kind.toLowerCase()] = rest;
    } else if (line !== '') {
      const match = SAMPLE.exec(line);
      if (match === null) throw new Error(`not a sample: ${line}`);
      metric.samples.push({
        name: match[1],
        labels: parseLabels(match[2] ?? ''),
        value: Number(match[3].replace('Inf', 'Infinity')),
      });
    }
  }
  return metrics;
}
