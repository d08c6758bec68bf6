// A run as heapload saves it, without one: a minute with a burst in the middle,
// in which a heap near its limit refuses, misses health checks and recovers.
// The same every time.

// Numbers from 0 to 1 (mulberry32).
function randomFrom(seed) {
  return () => {
    seed = (seed + 0x6d2b79f5) | 0;
    let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

const MIB = 2 ** 20;
const SECONDS = 60;
const PHASES = [
  {name: 'before', start_seconds: 0, end_seconds: 20, rate: 2000},
  {name: 'burst', start_seconds: 20, end_seconds: 35, rate: 9000},
  {name: 'after', start_seconds: 35, end_seconds: SECONDS, rate: 2000},
];

const phaseAt = at => PHASES.find(phase => at < phase.end_seconds);

function latencyOf(p50, tail, count) {
  return {count, p50, p90: p50 * 1.8, p99: p50 * tail, p999: p50 * tail * 1.7,
          p9999: p50 * tail * 2.2, max: p50 * tail * 2.6};
}

function addCalls(sum, calls) {
  for (const [name, value] of Object.entries(calls)) {
    if (name === 'errors') {
      for (const [error, count] of Object.entries(value)) {
        sum.errors[error] = (sum.errors[error] ?? 0) + count;
      }
    } else {
      sum[name] = (sum[name] ?? 0) + value;
    }
  }
  return sum;
}

function intervalAt(at, seconds, random) {
  const phase = phaseAt(at);
  const late = phase.name === 'burst' ? Math.min(1, (at - 20) / 2) :
      Math.max(0, 1 - (at - 35) / 3) * (phase.name === 'after' ? 1 : 0);
  const intended = Math.round(phase.rate * seconds);
  const most = Math.round(3100 * seconds * (0.95 + random() * 0.1));
  const spare = Math.max(0, intended - most);
  const unsent = at > 24 && at < 27 ? Math.round(spare * 0.2) : 0;
  const full = at > 29 && at < 33 ? Math.round(spare * 0.15) : 0;
  const expired = phase.name === 'burst' ? Math.round(random() * 3) : 0;
  const refused = Math.max(0, spare - unsent - full - expired);
  const errors = {};
  if (refused > 0) errors.OVERLOADED = refused;
  if (full > 0) errors.HEAP_LIMIT = full;
  if (expired > 0) errors.DEADLINE_EXCEEDED = expired;
  const ok = intended - unsent - refused - full - expired;
  return {
    start_seconds: at,
    seconds,
    calls: {intended, ok, unsent, errors, refused_with_retry: refused,
            refused_without_retry: full, operations: ok * 64, retries: 0},
    latency: latencyOf(4e-4 * (1 + late * 30) * (0.8 + random() * 0.4),
                       8 + random() * 6, ok),
  };
}

function intervals(random) {
  const all = [];
  for (let i = 0; i < SECONDS * 5; ++i) {
    all.push(intervalAt(i / 5, 0.2, random));
  }
  return all;
}

function summaryOf(some) {
  const calls = some.reduce((sum, {calls}) => addCalls(sum, calls),
                            {errors: {}});
  const worst = name => Math.max(...some.map(({latency}) => latency[name]));
  return {
    calls,
    latency: {count: calls.ok, p50: some[0].latency.p50,
              p90: some[0].latency.p90, p99: worst('p50'), p999: worst('p90'),
              p9999: worst('p99'), max: worst('max')},
  };
}

function probes(name, address, random) {
  const all = [];
  for (let i = 0; i < SECONDS * 5; ++i) {
    const at = i / 5;
    let outcome = 'SERVING';
    let latency = 0.0008 * (1 + random());
    if (at > 21 && at < 36) latency *= 4 + random() * 8;
    if (name === 'readiness' && at > 22 && at < 37) outcome = 'NOT_SERVING';
    if (name === 'liveness' && at > 25 && at < 28.5) {
      outcome = 'TIMEOUT';
      latency = 1;
    }
    all.push({intended_seconds: at, latency_seconds: latency, outcome});
  }
  return {name, address, timeout_seconds: 1, probes: all};
}

function heapAndCollections(random) {
  const heap_samples = [];
  const collections = [];
  let used = 90 * MIB;
  let major = null;
  for (let i = 0; i <= SECONDS * 4; ++i) {
    const at = i / 4;
    used += (phaseAt(Math.min(at, 59)).rate / 2000) * (2.2 + random()) * MIB;
    used = Math.min(used, 505 * MIB);
    if (major === null && used > 300 * MIB) major = {at, before: used};
    if (major !== null && at - major.at >= 0.75) {
      collections.push({
        end_seconds: at,
        seconds: at - major.at,
        longest_pause_seconds: 0.0004 + random() * 0.0008,
        major: true,
        reason: 'old space',
        used_bytes_before: Math.round(major.before),
        used_bytes_after: 110 * MIB,
      });
      used = 110 * MIB;
      major = null;
    }
    for (let j = 0; j < 8; ++j) {
      collections.push({
        end_seconds: at + j / 40,
        seconds: 0.0004,
        longest_pause_seconds: 0.0002 + random() * 0.0003,
        major: false,
        reason: 'new space',
        used_bytes_before: Math.round(used),
        used_bytes_after: Math.round(used - MIB),
      });
    }
    heap_samples.push({
      at_seconds: at,
      used_bytes: Math.round(used),
      committed_bytes: Math.round(used * 1.08 + 12 * MIB),
      limit_bytes: 512 * MIB,
      object_count: Math.round(used / 96),
      resident_bytes: Math.round(used * 1.1 + 60 * MIB),
    });
  }
  return {heap_samples, collections};
}

// `changes` replace members of the run.
export function savedRun(changes = {}) {
  const random = randomFrom(4);
  const all = intervals(random);
  const phases = PHASES.map(({name, start_seconds, end_seconds}) => ({
    name,
    seconds: end_seconds - start_seconds,
    ...summaryOf(all.filter(({start_seconds: at}) =>
                                phaseAt(at).name === name)),
  }));
  const run = {
    command_line: 'heapload run --profile churn --schedule ' +
        'steps:2000@20s:before,9000@15s:burst,2000@25s:after',
    started_at: '2026-11-26T08:00:00Z',
    machine: 'Example CPU @ 2.5 GHz, 2 cores',
    address: '127.0.0.1:7700',
    heap: 'bench',
    profile: 'churn',
    schedule: 'steps:2000@20s:before,9000@15s:burst,2000@25s:after',
    seconds: SECONDS,
    deadline_seconds: 0.5,
    ...summaryOf(all),
    send_lag: latencyOf(2e-5, 9, 1000),
    interrupted: false,
    intervals: all,
    phases,
    phase_spans: PHASES.map(({name, start_seconds, end_seconds}) =>
                                ({name, start_seconds, end_seconds})),
    probes: [
      probes('liveness', '127.0.0.1:7702', random),
      probes('readiness', '127.0.0.1:7703', random),
    ],
    ...heapAndCollections(random),
    missed_collections: 0,
    collections_watched: true,
    ...changes,
  };
  return {format: 'heapload run', version: 1, run};
}
