#include "heap/gc/table_sweeper.h"

#include <algorithm>
#include <utility>

namespace heapd {

TableSweeper::TableSweeper(HeapParts* parts, TaskRunner runner,
                           std::function<void()> on_idle)
    : parts_(parts),
      task_(
          std::move(runner), [this] { return SweepNext(); },
          std::move(on_idle)) {
  const ObjectTable& table = parts->table;
  for (uint32_t number = 0; number < table.chunk_count(); ++number) {
    // One that is open was empty when the collection began.
    if (!table.IsChunkClosed(number)) continue;
    chunks_.push_back({number, table.chunk_live_count(number)});
  }
  if (!chunks_.empty()) task_.Resume();
}

size_t TableSweeper::Open(size_t count) {
  if (!task_.has_runner()) {
    for (size_t i = 0; i < count && next_ < chunks_.size(); ++i) SweepNext();
  }
  std::vector<ObjectTable::SweptChunk> swept;
  {
    absl::MutexLock lock(&mu_);
    const size_t taken = std::min(count, swept_.size());
    swept.assign(swept_.end() - taken, swept_.end());
    swept_.resize(swept_.size() - taken);
  }
  for (const ObjectTable::SweptChunk& chunk : swept) {
    parts_->table.OpenChunk(chunk);
  }
  opened_ += swept.size();
  return swept.size();
}

void TableSweeper::Finish() {
  task_.Pause();
  while (next_ < chunks_.size()) SweepNext();
  Open(SIZE_MAX);
}

bool TableSweeper::SweepNext() {
  const ObjectTable::SweptChunk swept = Sweep(chunks_[next_]);
  ++next_;
  absl::MutexLock lock(&mu_);
  swept_.push_back(swept);
  return next_ == chunks_.size();
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

}  // namespace heapd
