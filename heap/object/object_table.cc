#include "heap/object/object_table.h"

#include <algorithm>
#include <utility>

#include "heap/base/check.h"
#include "heap/base/limits.h"

namespace heapd {
namespace {

constexpr size_t kUsableStepBytes = 8 * kHugePageBytes;

}  // namespace

ObjectTable::ObjectTable(MemoryAccount* account, TaskRunner runner)
    : account_(account),
      reservation_((size_t{kMaxObjects} + 1) * sizeof(TableEntry)),
      entries_(reinterpret_cast<TableEntry*>(reservation_.data())),
      closed_reservation_(
          RoundUp((size_t{kMaxObjects} + 1) / kChunkEntries, kSystemPageBytes)),
      closed_(reinterpret_cast<uint8_t*>(closed_reservation_.data())),
      populator_(std::move(runner)) {
  // Address space: pages nobody wrote to take no memory.
  HEAPD_CHECK(closed_reservation_.CommitUpTo(closed_reservation_.size()));
}

ObjectTable::~ObjectTable() { account_->Give(committed_bytes()); }

uint64_t ObjectTable::committed_bytes() const {
  uint64_t committed = 0;
  for (const Chunk& chunk : chunks_) committed += chunk.committed ? 1 : 0;
  return committed * (kChunkBytes + kChunkSideBytes);
}

uint64_t ObjectTable::free_entry_count() const {
  uint64_t count = 0;
  for (const Chunk& chunk : chunks_) count += chunk.free_count;
  return count;
}

bool ObjectTable::CommitChunk(uint32_t number) {
  if (!account_->Take(kChunkBytes + kChunkSideBytes)) return false;
  if (!reservation_.CommitUpTo((size_t{number} + 1) * kChunkBytes)) {
    account_->Give(kChunkBytes + kChunkSideBytes);
    return false;
  }
  PopulateAfter(number);
  Chunk& chunk = chunks_[number];
  chunk.committed = true;
  const Index first = number * kChunkEntries;
  Index next = 0;
  for (Index i = first + kChunkEntries; i-- > first;) {
    if (i == 0) continue;
    entries_[i].MakeFree(chunk.floor, next);
    next = i;
    ++chunk.free_count;
  }
  chunk.first_free = next;
  end_ = std::max(end_, first + kChunkEntries);
  return true;
}

void ObjectTable::PopulateAfter(uint32_t number) {
  if (!populator_.is_enabled()) return;
  const size_t begin =
      RoundUp((size_t{number} + 1) * kChunkBytes, kHugePageBytes);
  const size_t end = begin + kHugePageBytes;
  if (end <= populated_bytes_ || end > reservation_.size()) return;
  // In large steps: the system would let it wait for what it makes resident.
  const size_t usable =
      std::min(RoundUp(end, kUsableStepBytes), reservation_.size());
  if (!reservation_.CommitUpTo(usable)) return;
  // While the one before is under way, the next chunk asks again.
  if (populator_.Populate(reservation_.data() + begin, kHugePageBytes)) {
    populated_bytes_ = end;
  }
}

void ObjectTable::ReleaseChunk(uint32_t number) {
  Chunk& chunk = chunks_[number];
  const Index first = number * kChunkEntries;
  uint32_t floor = chunk.floor;
  for (Index i = first; i < first + kChunkEntries; ++i) {
    floor = std::max(floor, entries_[i].incarnation());
  }
  chunk.floor = floor;
  chunk.committed = false;
  chunk.first_free = 0;
  chunk.free_count = 0;
  reservation_.Discard(size_t{number} * kChunkBytes, kChunkBytes);
  account_->Give(kChunkBytes + kChunkSideBytes);
}

void ObjectTable::ReleaseIfFree(uint32_t number) {
  const Chunk& chunk = chunks_[number];
  // Chunk 0 stays, so that a small heap does not take and give all the time. A
  // chunk with a retired entry stays too: its floor would retire it whole.
  const bool whole = chunk.free_count == kChunkEntries;
  if (number > 0 && chunk.committed && whole) ReleaseChunk(number);
}

bool ObjectTable::HasFreeEntry(uint32_t number) {
  if (IsChunkClosed(number)) return false;
  return chunks_[number].committed ? chunks_[number].free_count > 0
                                   : CommitChunk(number);
}

bool ObjectTable::NextChunk() {
  for (; search_from_ < chunks_.size(); ++search_from_) {
    if (HasFreeEntry(search_from_)) {
      current_chunk_ = search_from_;
      return true;
    }
    // No memory for a chunk that was given back: none for a new one either,
    // but a later chunk may have free entries.
  }
  const uint64_t number = chunks_.size();
  const bool fits = (number + 1) * kChunkEntries <= uint64_t{kMaxObjects} + 1;
  if (fits) chunks_.emplace_back();
  if (!fits || !CommitChunk(static_cast<uint32_t>(number))) {
    if (fits) chunks_.pop_back();
    // Chunks that could not be committed are tried again next time.
    search_from_ = 0;
    return false;
  }
  current_chunk_ = static_cast<uint32_t>(number);
  return true;
}

void ObjectTable::FreeRow::EnterChunk(uint32_t number) {
  LeaveChunk();
  HEAPD_DCHECK(!table_.IsChunkClosed(number));
  number_ = number;
  first_free_ = table_.chunks_[number].first_free;
}

void ObjectTable::FreeRow::LeaveChunk() {
  if (freed_count_ == 0) return;
  Chunk& chunk = table_.chunks_[number_];
  chunk.first_free = first_free_;
  chunk.free_count += freed_count_ - retired_count_;
  chunk.live_count -= freed_count_;
  table_.live_count_ -= freed_count_;
  table_.retired_count_ += retired_count_;
  if (freed_count_ > retired_count_) {
    table_.search_from_ = std::min(table_.search_from_, number_);
  }
  freed_count_ = 0;
  retired_count_ = 0;
}

void ObjectTable::CloseChunks() {
  for (uint32_t number = 0; number < chunks_.size(); ++number) {
    closed_[number] = chunks_[number].live_count > 0 ? 1 : 0;
  }
  search_from_ = 0;
  current_chunk_ = static_cast<uint32_t>(chunks_.size());
}

void ObjectTable::OpenChunk(const SweptChunk& swept) {
  if (swept.changed) {
    Chunk& chunk = chunks_[swept.number];
    chunk.first_free = swept.first_free;
    chunk.free_count = swept.free_count;
    chunk.live_count -= swept.freed_count;
    live_count_ -= swept.freed_count;
    retired_count_ += swept.retired_count;
    ReleaseIfFree(swept.number);
  }
  closed_[swept.number] = 0;
  search_from_ = std::min(search_from_, swept.number);
}

void ObjectTable::ReleaseFreeChunks() {
  for (uint32_t number = 0; number < chunks_.size(); ++number) {
    ReleaseIfFree(number);
  }
  search_from_ = 0;
  current_chunk_ = static_cast<uint32_t>(chunks_.size());
}

const char* ObjectTable::CheckFreeLists() const {
  uint64_t live = 0;
  for (uint32_t number = 0; number < chunks_.size(); ++number) {
    const Chunk& chunk = chunks_[number];
    if (!chunk.committed) {
      if (chunk.live_count != 0 || chunk.free_count != 0) {
        return "a chunk that was given back has entries";
      }
      continue;
    }
    const Index first = number * kChunkEntries;
    uint32_t live_here = 0;
    for (Index i = std::max<Index>(first, 1); i < first + kChunkEntries; ++i) {
      if (!entries_[i].is_free()) ++live_here;
    }
    uint32_t free_here = 0;
    for (Index i = chunk.first_free; i != 0; i = entries_[i].next_free()) {
      if (i / kChunkEntries != number) return "a free index of another chunk";
      if (!entries_[i].is_free()) return "a live entry in a free list";
      if (entries_[i].incarnation() == 0) return "a retired index in a list";
      if (++free_here > kChunkEntries) return "a free list with a cycle";
    }
    if (live_here != chunk.live_count) return "live entries miscounted";
    if (free_here != chunk.free_count) return "free entries miscounted";
    live += live_here;
  }
  if (live != live_count_) return "live objects miscounted";
  return "";
}

}  // namespace heapd
