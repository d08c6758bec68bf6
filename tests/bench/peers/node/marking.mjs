// Builds a heap and has it collected, for the collector's log to tell how long
// marking takes. The random draws are those of tests/bench/layout/graph.h.
//
//   node --expose-gc --trace-gc-nvp marking.mjs graph|list|leaves OBJECTS
//       COLLECTIONS
//
// Prints one line of JSON: what was collected, COLLECTIONS times each, last in
// the log.
import {Random64} from './random64.mjs';
import {Thing} from './thing.mjs';

const [workload, ...numbers] = process.argv.slice(2);
const [objects, collections] = numbers.map(Number);

// What the array of roots of heap_bench is.
globalThis.root = null;

// In the old generation before any link is made. The second collection is for
// what the first one leaves in the new one.
function settled() {
  const things = new Array(objects);
  globalThis.root = things;
  for (let i = 0; i < objects; ++i) things[i] = new Thing(i);
  gc();
  gc();
  return things;
}

function collect() {
  for (let i = 0; i < collections; ++i) gc();
}

function shuffle(items, random) {
  for (let i = objects; i > 1; --i) {
    const other = random.below(i);
    const last = items[i - 1];
    items[i - 1] = items[other];
    items[other] = last;
  }
}

// One random cycle through the first slots; the second ones refer to anything.
// The array refers to all of them as well.
function graph() {
  const things = settled();
  const random = new Random64(objects);
  for (const thing of things) {
    random.below(objects);  // heap_bench draws a first slot here, too
    thing.second = things[random.below(objects)];
  }
  const cycle = new Int32Array(objects);
  for (let i = 0; i < objects; ++i) cycle[i] = i;
  shuffle(cycle, random);
  for (let i = 0; i < objects; ++i) {
    things[cycle[i]].first = things[cycle[(i + 1) % objects]];
  }
  collect();
  return ['graph'];
}

function buildList() {
  const things = settled();
  for (let i = 1; i < objects; ++i) things[i - 1].first = things[i];
  globalThis.root = things[0];
}

function list() {
  buildList();
  collect();
  return ['list'];
}

function leaves() {
  const things = settled();
  collect();
  shuffle(things, new Random64(objects));
  collect();
  return ['leaves in order', 'shuffled leaves'];
}

Random64.check();
const cases = {graph, list, leaves}[workload]();
console.log(JSON.stringify({objects, collections, cases}));
