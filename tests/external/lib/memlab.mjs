// Loads heap snapshots with memlab, a second reader that is not ours.

import {requirePackage} from './packages.mjs';

let memlab;

function load() {
  const core = requirePackage('@memlab/core');
  // Progress lines only; errors arrive as exceptions.
  core.config.muteConsole = true;
  return core;
}

// Loads `file` and has memlab compute dominators: {nodeCount, edgeCount,
// ids: Set, classCounts: Map (by memlab's node names, object nodes only),
// rootRetainedSize}. Rejects where memlab does.
export async function readWithMemlab(file) {
  memlab ??= load();
  // memlab remembers the engine that it guessed from the last file's names.
  memlab.config.jsEngine = 'V8';
  const heap =
      await memlab.utils.getSnapshotFromFile(file, {buildNodeIdIndex: true});
  memlab.analysis.preparePathFinder(heap);
  const ids = new Set();
  const classCounts = new Map();
  heap.nodes.forEach(node => {
    ids.add(node.id);
    if (node.type === 'object') {
      classCounts.set(node.name, (classCounts.get(node.name) ?? 0) + 1);
    }
  });
  return {
    nodeCount: heap.nodes.length,
    edgeCount: heap.edges.length,
    ids,
    classCounts,
    rootRetainedSize: heap.nodes.get(0).retainedSize,
  };
}
