// What snapshot_bench measures, in Node: a snapshot of a random graph, and how
// long the program stands still for it. The inspector's snapshots stop the
// program as this one does.
//
//   node snapshot.mjs OBJECTS FILE
//
// Prints one line of JSON; FILE is removed.
import {statSync, unlinkSync} from 'node:fs';
import {performance} from 'node:perf_hooks';
import {writeHeapSnapshot} from 'node:v8';

import {Thing} from './thing.mjs';
import {XorShift} from './xor_shift.mjs';

const [objects, file] =
    [Number(process.argv[2]), process.argv[3]];
const random = new XorShift();

class ThingOfThree extends Thing {
  constructor(word) {
    super(word);
    this.third = null;
  }
}

const things = new Array(objects);
for (let i = 0; i < objects; ++i) {
  things[i] = i % 2 === 0 ? new Thing(i) : new ThingOfThree(i);
}
for (const thing of things) {
  thing.first = things[random.below(objects)];
  thing.second = things[random.below(objects)];
  if (thing instanceof ThingOfThree) {
    thing.third = things[random.below(objects)];
  }
}
globalThis.root = things;

const before = process.memoryUsage.rss();
const start = performance.now();
writeHeapSnapshot(file);
const milliseconds = performance.now() - start;
console.log(JSON.stringify({
  objects,
  standstill_ms: Math.round(milliseconds),
  // Its most since the program began, and most of that is the snapshot's.
  extra_memory_mib: Math.round(
      (process.resourceUsage().maxRSS * 1024 - before) / 2 ** 20),
  heap_mib: Math.round(before / 2 ** 20),
  file_mb: Math.round(statSync(file).size / 1e6),
}));
unlinkSync(file);
