// An independent reader of .heapsnapshot files: the object graph as arrays, and
// the counts by class by which two graphs are compared.

import fs from 'node:fs';

// One class name per node, as the Memory panel groups nodes, without the two
// guesses that the panel adds: plain objects stay `Object` and are not split by
// their properties, and native nodes get no prefix `Detached `.
function className(type, name) {
  switch (type) {
    case 'object':
    case 'native':
      return objectClassName(name);
    case 'hidden':
      return '(system)';
    case 'code':
      return '(compiled code)';
    case 'closure':
      return 'Function';
    case 'regexp':
      return 'RegExp';
    default:
      return `(${type})`;
  }
}

// `<div id="a">` belongs to the class `<div>`.
function objectClassName(name) {
  let from = 0;
  if (name.startsWith('Detached <')) {
    from = 'Detached <'.length;
  } else if (!name.startsWith('<')) {
    return name;
  }
  const space = name.indexOf(' ', from);
  return space < 0 ? name : `${name.slice(0, space)}>`;
}

function add(counts, key) {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}

// The graph of a snapshot whose structure is valid (see validator.mjs); nodes
// and edges are named by ordinals.
export class HeapGraph {
  constructor(snapshot) {
    const {meta, node_count: nodeCount, edge_count: edgeCount} =
        snapshot.snapshot;
    this.nodeCount = nodeCount;
    this.edgeCount = edgeCount;
    this.strings = snapshot.strings;
    this.nodeTypes = meta.node_types[0];
    this.edgeTypes = meta.edge_types[0];
    this.rootOrdinal = snapshot.snapshot.root_index ?? 0;
    this.#readNodes(snapshot.nodes, meta.node_fields);
    this.#readEdges(
        snapshot.edges, meta.edge_fields, meta.node_fields.length);
  }

  static read(file) {
    return new HeapGraph(JSON.parse(fs.readFileSync(file, 'utf8')));
  }

  #readNodes(rows, fields) {
    const column = name => {
      const values = new Float64Array(this.nodeCount);
      const offset = fields.indexOf(name);
      for (let i = 0; i < this.nodeCount; ++i) {
        values[i] = rows[i * fields.length + offset];
      }
      return values;
    };
    this.type = column('type');
    this.name = column('name');
    this.id = column('id');
    this.selfSize = column('self_size');
    const edgeCounts = column('edge_count');
    this.firstEdge = new Uint32Array(this.nodeCount + 1);
    for (let i = 0; i < this.nodeCount; ++i) {
      this.firstEdge[i + 1] = this.firstEdge[i] + edgeCounts[i];
    }
  }

  #readEdges(rows, fields, nodeFieldCount) {
    const [type, name, to] =
        ['type', 'name_or_index', 'to_node'].map(f => fields.indexOf(f));
    this.edgeType = new Uint8Array(this.edgeCount);
    this.edgeName = new Uint32Array(this.edgeCount);
    this.edgeTo = new Uint32Array(this.edgeCount);
    for (let e = 0; e < this.edgeCount; ++e) {
      const row = e * fields.length;
      this.edgeType[e] = rows[row + type];
      this.edgeName[e] = rows[row + name];
      this.edgeTo[e] = rows[row + to] / nodeFieldCount;
    }
  }

  typeOf(node) {
    return this.nodeTypes[this.type[node]];
  }

  nameOf(node) {
    return this.strings[this.name[node]];
  }

  classOf(node) {
    return className(this.typeOf(node), this.nameOf(node));
  }

  edgeTypeOf(edge) {
    return this.edgeTypes[this.edgeType[edge]];
  }

  // The edge's index as a number or its name as a string.
  edgeNameOf(edge) {
    const type = this.edgeTypeOf(edge);
    const value = this.edgeName[edge];
    return type === 'element' || type === 'hidden' ? value :
                                                     this.strings[value];
  }

  // The ordinals of the edges that leave `node`.
  * edgesOf(node) {
    for (let e = this.firstEdge[node]; e < this.firstEdge[node + 1]; ++e) {
      yield e;
    }
  }

  childrenOf(node) {
    return Array.from(this.edgesOf(node), edge => this.edgeTo[edge]);
  }

  // One byte a node: 1 if it can be reached from the root over edges that are
  // not weak.
  reachable() {
    const weak = this.edgeTypes.indexOf('weak');
    const reached = new Uint8Array(this.nodeCount);
    const pending = [this.rootOrdinal];
    reached[this.rootOrdinal] = 1;
    while (pending.length > 0) {
      const node = pending.pop();
      for (let e = this.firstEdge[node]; e < this.firstEdge[node + 1]; ++e) {
        const to = this.edgeTo[e];
        if (this.edgeType[e] === weak || reached[to]) continue;
        reached[to] = 1;
        pending.push(to);
      }
    }
    return reached;
  }

  // Counts over the reachable nodes that `leaveOut` (node => boolean) does not
  // name, and over the edges between two such nodes: {nodes: Map class ->
  // count, edges: Map "class -> class" -> count}. Weak edges are counted for
  // themselves under "class -> class (weak)".
  countsByClass(leaveOut = () => false) {
    const reached = this.reachable();
    const classes = new Array(this.nodeCount);
    const nodes = new Map();
    for (let node = 0; node < this.nodeCount; ++node) {
      if (!reached[node] || leaveOut(node)) continue;
      classes[node] = this.classOf(node);
      add(nodes, classes[node]);
    }
    const edges = new Map();
    for (let node = 0; node < this.nodeCount; ++node) {
      if (classes[node] === undefined) continue;
      for (let e = this.firstEdge[node]; e < this.firstEdge[node + 1]; ++e) {
        const target = classes[this.edgeTo[e]];
        if (target === undefined) continue;
        const suffix = this.edgeTypeOf(e) === 'weak' ? ' (weak)' : '';
        add(edges, `${classes[node]} -> ${target}${suffix}`);
      }
    }
    return {nodes, edges};
  }
}

// Where two maps of counts differ: lines "key: count in a, count in b", sorted.
export function differences(a, b) {
  const keys = [...new Set([...a.keys(), ...b.keys()])].sort();
  return keys.filter(key => a.get(key) !== b.get(key))
      .map(key => `${key}: ${a.get(key) ?? 0}, ${b.get(key) ?? 0}`);
}
