// The suite "short" of heap_bench: objects most of which die at once, every
// tenth of which goes to a random place of a table, while about every other
// refers to an object that lives there. In batches of 64, each by the clock.
//
//   node --expose-gc churn.mjs LIVE ALLOCATIONS
//
// Prints one line of JSON.
import {performance, PerformanceObserver} from 'node:perf_hooks';
import {setTimeout} from 'node:timers/promises';

import {Thing} from './thing.mjs';
import {XorShift} from './xor_shift.mjs';

const BATCH = 64;
const LINKS = 32;  // of a batch
// Before anything is measured, a tenth of the allocations give the compiler its
// time.
const WARM_UP = 10;

const [live, allocations] = process.argv.slice(2).map(Number);
const table = new Array(live);
const random = new XorShift();
const operands = new Int32Array(2 * BATCH);
let places = 0;  // the sum of all that were drawn: the same everywhere

function draw(used) {
  const place = random.below(live);
  places += place;
  operands[used] = place;
  return used + 1;
}

const isLinked = i => (Math.floor(i / 10) + i) % 2 === 0;

// The links of a batch first, then its places.
function choose() {
  let used = 0;
  for (let i = 0; i < BATCH; ++i) {
    if (isLinked(i)) used = draw(used);
  }
  for (let i = 0; i < BATCH; i += 10) used = draw(used);
}

function apply(word) {
  let link = 0;
  let place = LINKS;
  for (let i = 0; i < BATCH; ++i) {
    const thing = new Thing(word);
    if (isLinked(i)) thing.first = table[operands[link++]];
    if (i % 10 === 0) table[operands[place++]] = thing;
  }
}

function allocate(count, waits) {
  let batch = 0;
  for (let done = 0; done < count; done += BATCH) {
    choose();
    const start = performance.now();
    apply(done);
    waits[batch++] = performance.now() - start;
  }
}

function percentile(sorted, fraction) {
  const rank = Math.floor(fraction * sorted.length);
  return sorted[Math.min(sorted.length - 1, rank)];
}

// Collections of any kind, by the time of their start; what happened comes to
// the observer once the program waits.
const collectionTimes = [];
new PerformanceObserver(list => {
  collectionTimes.push(...list.getEntries().map(entry => entry.startTime));
}).observe({entryTypes: ['gc']});

for (let i = 0; i < live; ++i) table[i] = new Thing(i);
gc();
gc();
allocate(allocations / WARM_UP, new Float32Array(allocations / BATCH + 1));
const waits = new Float32Array(Math.ceil(allocations / BATCH));
const start = performance.now();
allocate(allocations, waits);
const end = performance.now();
await setTimeout(100);
waits.sort();
console.log(JSON.stringify({
  objects: live,
  per_second: waits.length * BATCH / (end - start) * 1e3,
  p50_ms: percentile(waits, 0.5),
  p99_ms: percentile(waits, 0.99),
  p999_ms: percentile(waits, 0.999),
  max_ms: percentile(waits, 1),
  collections:
      collectionTimes.filter(time => time >= start && time < end).length,
  places,
}));
