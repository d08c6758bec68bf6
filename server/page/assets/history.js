// What was seen of a heap while the page is open: heapd keeps the last
// collections only, and no figures of earlier times.

const MAX_SAMPLES = 1800;
const MAX_COLLECTIONS = 1000;

import {seconds} from './format.js';

export const SPACES = [
  ['old_space', 'Old space'],
  ['slot_space', 'Slots'],
  ['object_table', 'Object table'],
  ['new_space', 'New space'],
  ['large_object_space', 'Large objects'],
];

class HeapHistory {
  // [{time, used, committed, spaces: {old_space: bytes, ...}}], oldest first;
  // time in milliseconds.
  samples = [];
  // By sequence, oldest first: {..., time, end, pause} beside the message.
  collections = new Map();

  add(stats, time) {
    const spaces = Object.fromEntries(
        stats.spaces.map(space => [space.space, Number(space.used_bytes)]));
    this.samples.push({
      time, spaces, used: Number(stats.used_bytes),
      committed: Number(stats.committed_bytes),
    });
    if (this.samples.length > MAX_SAMPLES) this.samples.shift();
    this.#addCollections(stats.collections);
  }

  #addCollections(messages) {
    // Counted anew: another heap has taken the name.
    const newest = messages.at(-1);
    const known = [...this.collections.values()].at(-1);
    if (newest && known && Number(newest.sequence) < Number(known.sequence)) {
      this.collections.clear();
      this.samples.splice(0, this.samples.length - 1);
    }
    const fresh = messages.filter(
        message => !this.collections.has(message.sequence));
    for (const message of fresh) {
      this.collections.set(message.sequence, withTimes(message));
    }
    if (fresh.length > 0) this.#sortCollections();
  }

  // The last ones of each kind arrive kind by kind.
  #sortCollections() {
    const sorted = [...this.collections.values()]
        .sort((a, b) => Number(a.sequence) - Number(b.sequence))
        .slice(-MAX_COLLECTIONS);
    this.collections = new Map(sorted.map(one => [one.sequence, one]));
  }

  get newestFirst() {
    return [...this.collections.values()].reverse();
  }
}

function withTimes(message) {
  const time = Date.parse(message.start_time);
  const work = seconds(message.scavenge_duration) +
      seconds(message.mark_duration) + seconds(message.clear_weak_duration) +
      seconds(message.sweep_duration);
  return {
    ...message, time,
    end: time + 1000 * Math.max(work, seconds(message.pause_duration)),
    pause: seconds(message.pause_duration),
    longest: seconds(message.longest_pause_duration) ||
        seconds(message.pause_duration),
    minor: message.kind === 'COLLECTION_KIND_MINOR',
  };
}

const histories = new Map();

// The history of the heap of that name, for as long as the page is open.
export function historyOf(heap) {
  if (!histories.has(heap)) histories.set(heap, new HeapHistory());
  return histories.get(heap);
}
