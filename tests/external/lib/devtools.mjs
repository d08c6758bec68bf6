// Loads heap snapshots with the code of Chrome DevTools and asks it what its
// Memory panel would show.

import fs from 'node:fs';

import {importDevTools} from './devtools_bundle.mjs';

// The size of the pieces in which the panel reads a file.
const CHUNK_BYTES = 10_000_000;

let devTools;
// Loads run one after another: DevTools' console is one for all of them.
let lastLoad = Promise.resolve();

// A loaded snapshot. `model` is DevTools' own JSHeapSnapshot, `warnings` is
// everything it wrote to the console or reported as a problem while loading,
// `statuses` the texts of its progress bar.
class DevToolsSnapshot {
  constructor(model, warnings, statuses) {
    this.model = model;
    this.warnings = warnings;
    this.statuses = statuses;
  }

  get nodeCount() {
    return this.model.nodeCount;
  }

  get edgeCount() {
    const model = this.model;
    return model.containmentEdges.length / model.edgeFieldsCount;
  }

  // The root's retained size: what the panel calls the total.
  get rootRetainedSize() {
    return this.model.rootNode().retainedSize();
  }

  // The rows of the Summary view, sorted by class: {class, count, distance,
  // selfSize, retainedSize}. Nodes of size 0 are not in it.
  summary() {
    const filter = new devTools.Model.NodeFilter();
    const aggregates = this.model.aggregatesWithFilter(filter);
    return Object.values(aggregates)
        .map(row => ({
               class: row.name,
               count: row.count,
               distance: row.distance,
               selfSize: row.self,
               retainedSize: row.maxRet,
             }))
        .sort(byClass);
  }

  // Nodes that the distance search reached from the root, by class. Unlike
  // summary() it counts nodes of size 0 too.
  reachableCounts() {
    const counts = new Map();
    for (const iterator = this.model.allNodes(); iterator.hasNext();
         iterator.next()) {
      const node = iterator.item();
      if (this.model.nodeDistances[node.ordinal()] < 0) continue;
      const name = node.className();
      counts.set(name, (counts.get(name) ?? 0) + 1);
    }
    return counts;
  }

  // {id, class, name, selfSize, retainedSize, distance} of every node.
  * nodes() {
    for (const iterator = this.model.allNodes(); iterator.hasNext();
         iterator.next()) {
      const node = iterator.item();
      yield {
        id: node.id(),
        class: node.className(),
        name: node.name(),
        selfSize: node.selfSize(),
        retainedSize: node.retainedSize(),
        distance: node.distance(),
      };
    }
  }
}

function byClass(a, b) {
  return a.class < b.class ? -1 : a.class > b.class ? 1 : 0;
}

async function feed(loader, file) {
  const stream = fs.createReadStream(
      file, {encoding: 'utf8', highWaterMark: CHUNK_BYTES});
  for await (const chunk of stream) {
    loader.write(chunk);
  }
  loader.close();
}

async function loadNow(file) {
  devTools ??= await importDevTools();
  const warnings = [];
  const statuses = [];
  globalThis.heapdDevToolsConsole = (level, text) =>
      warnings.push(`${level}: ${text}`);
  const dispatcher = {
    sendEvent(name, data) {
      if (name === devTools.Model.HeapSnapshotProgressEvent.BrokenSnapshot) {
        warnings.push(`broken snapshot: ${data}`);
      } else {
        statuses.push(JSON.parse(data).string);
      }
    },
  };
  // The panel gives the second half of the work to another worker; here both
  // halves share the thread and talk over the same kind of channel.
  const channel = new MessageChannel();
  try {
    const loader = new devTools.HeapSnapshotLoader(dispatcher);
    await feed(loader, file);
    new devTools.SecondaryInitManager(channel.port2);
    const model = await loader.buildSnapshot(channel.port1);
    return new DevToolsSnapshot(model, warnings, statuses);
  } finally {
    channel.port1.close();
    channel.port2.close();
    globalThis.heapdDevToolsConsole = undefined;
  }
}

// Loads a .heapsnapshot file. Rejects where the panel would stop loading.
export function loadSnapshot(file) {
  const load = lastLoad.then(() => loadNow(file));
  lastLoad = load.catch(() => {});
  return load;
}

function toRow(diff) {
  return {
    class: diff.name,
    added: diff.addedCount,
    removed: diff.removedCount,
    countDelta: diff.countDelta,
    addedSize: diff.addedSize,
    removedSize: diff.removedSize,
    sizeDelta: diff.sizeDelta,
  };
}

let nextUid = 1;

// The rows of the Comparison view with `current` selected and `base` as its
// base, sorted by class: {class, added, removed, countDelta, addedSize,
// removedSize, sizeDelta}.
//
// DevTools splits the class `Object` by the names of its properties (`{a, b}`).
// That is its guess at types, made from `current`; `splitPlainObjects: false`
// gives the rows before that guess, by the same code.
export function compare(base, current, {splitPlainObjects = true} = {}) {
  const definitions = current.model.interfaceDefinitions();
  const used = splitPlainObjects ? definitions : '[]';
  current.model.applyInterfaceDefinitions(JSON.parse(used));
  const aggregates = base.model.aggregatesForDiff(used);
  // DevTools remembers a comparison by the base's uid: a new one each time.
  const diff = current.model.calculateSnapshotDiff(nextUid++, aggregates);
  current.model.applyInterfaceDefinitions(JSON.parse(definitions));
  return Object.values(diff).map(toRow).sort(byClass);
}
