// Batches in columns, built by hand from the text of batch.proto alone.

// A ref or value that names what operation number `operation` yields.
export function local(operation) {
  return String((1n << 63n) | BigInt(operation));
}

// A slot value that refers to `ref` without keeping its object alive.
export function weak(ref) {
  return String((1n << 60n) | BigInt(ref));
}

// A slot value that is a number.
export function smallInteger(number) {
  return String((2n << 60n) | BigInt(number >>> 0));
}

// Collects operations into the columns of a heapd.v1.Batch.
export class Batch {
  constructor() {
    this.columns = {
      kinds: [],
      refs: [],
      types: [],
      numbers: [],
      values: [],
      sizes: [],
      names: [],
    };
    this.payloads = [];
  }

  #add(kind, operands) {
    this.columns.kinds.push(`OPERATION_KIND_${kind}`);
    for (const [column, values] of Object.entries(operands)) {
      this.columns[column].push(...values);
    }
    return this.columns.kinds.length - 1;
  }

  #payload(payload) {
    const bytes = Buffer.from(payload);
    this.payloads.push(bytes);
    return bytes.length;
  }

  // Each method adds one operation and returns its number.
  allocate(type, {slots = 0, values = [], payload = ''} = {}) {
    return this.#add('ALLOCATE', {
      types: [type],
      numbers: [Math.max(slots, values.length), values.length],
      values,
      sizes: [this.#payload(payload)],
    });
  }

  allocateString(content) {
    return this.#add('ALLOCATE_STRING', {sizes: [this.#payload(content)]});
  }

  link(ref, slot, value) {
    return this.#add('LINK', {refs: [ref], numbers: [slot], values: [value]});
  }

  release(ref) {
    return this.#add('RELEASE', {refs: [ref]});
  }

  root(name, ref) {
    return this.#add('ROOT', {names: [name], refs: [ref]});
  }

  readSlot(ref, slot) {
    return this.#add('READ_SLOT', {refs: [ref], numbers: [slot]});
  }

  readPayload(ref) {
    return this.#add('READ_PAYLOAD', {refs: [ref]});
  }

  // The message.
  build() {
    return {...this.columns, payloads: Buffer.concat(this.payloads)};
  }
}
