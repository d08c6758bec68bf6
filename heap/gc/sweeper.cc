#include "heap/gc/sweeper.h"

#include <algorithm>

namespace heapd {
namespace {

void SweepTable(HeapParts* parts) {
  ObjectTable& table = parts->table;
  const MarkBitmap& marks = parts->marks;
  for (uint32_t chunk = 0; chunk < table.chunk_count(); ++chunk) {
    const Index first = chunk * ObjectTable::kChunkEntries;
    uint32_t marked = marks.CountMarked(first, ObjectTable::kChunkEntries);
    if (chunk == 0) --marked;  // null
    // Nothing died here, and the free list is as it was.
    if (marked == table.chunk_live_count(chunk)) continue;
    table.SweepChunk(chunk, [parts, &marks](Index index) {
      if (marks.IsMarked(index)) return false;
      parts->snapshot_ids.Forget(index);
      return true;
    });
  }
  table.ReleaseFreeChunks();
}

}  // namespace

uint64_t SweepHeap(HeapParts* parts) {
  const MarkBitmap& marks = parts->marks;
  const auto is_live = [&marks](Index owner) { return marks.IsMarked(owner); };
  uint64_t released = parts->spaces.old_space().Sweep(is_live);
  released += parts->spaces.slot_space().Sweep(is_live);
  released += parts->spaces.large_object_space().Sweep(is_live);
  SweepTable(parts);
  return released;
}

}  // namespace heapd
