#include "heap/gc/table_sweeper.h"

#include <utility>

namespace heapd {

TableSweeper::TableSweeper(HeapParts* parts, TaskRunner runner,
                           std::function<void()> on_idle)
    : parts_(parts),
      task_(
          ClosedChunks(parts->table),
          [this](const ClosedChunk& chunk) { return Sweep(chunk); },
          std::move(runner), std::move(on_idle)) {}

std::vector<TableSweeper::ClosedChunk> TableSweeper::ClosedChunks(
    const ObjectTable& table) {
  std::vector<ClosedChunk> chunks;
  for (uint32_t number = 0; number < table.chunk_count(); ++number) {
    // One that is open was empty when the collection began.
    if (!table.IsChunkClosed(number)) continue;
    chunks.push_back({number, table.chunk_live_count(number)});
  }
  return chunks;
}

ObjectTable::SweptChunk TableSweeper::Sweep(const ClosedChunk& chunk) {
  const MarkBitmap& marks = parts_->marks;
  const Index first = chunk.number * ObjectTable::kChunkEntries;
  uint32_t marked = marks.CountMarked(first, ObjectTable::kChunkEntries);
  if (chunk.number == 0) --marked;  // null
  // Nothing died here, and the free list is as it was.
  if (marked == chunk.live_count) {
    ObjectTable::SweptChunk swept;
    swept.number = chunk.number;
    return swept;
  }
  return parts_->table.SweepChunk(chunk.number, [this, &marks](Index index) {
    if (marks.IsMarked(index)) return false;
    parts_->snapshot_ids.Forget(index);
    return true;
  });
}

size_t TableSweeper::Open(const std::vector<ObjectTable::SweptChunk>& swept) {
  for (const ObjectTable::SweptChunk& chunk : swept) {
    parts_->table.OpenChunk(chunk);
  }
  return swept.size();
}

}  // namespace heapd
