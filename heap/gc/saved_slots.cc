#include "heap/gc/saved_slots.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <utility>

#include "heap/base/planted_bug.h"
#include "heap/space/spaces.h"

namespace heapd {
namespace {

uint64_t BitsBytes(const ObjectTable& table) {
  return (uint64_t{table.end()} / 64 + 1) * sizeof(uint64_t);
}

uint64_t* ZeroBits(const ObjectTable& table, SavedSlots::Budget* budget) {
  const uint64_t bytes = BitsBytes(table);
  if (!budget->Take(bytes + table.chunk_count() * sizeof(uint32_t))) {
    return nullptr;
  }
  return static_cast<uint64_t*>(std::calloc(bytes, 1));
}

}  // namespace

SavedSlots::SavedSlots(const ObjectTable* table, Budget* budget)
    : table_(table),
      budget_(budget),
      bits_(ZeroBits(*table, budget), std::free),
      heads_(table->chunk_count()) {}

void SavedSlots::SaveOnce(Index index) {
  // Only this thread sets bits.
  if (IsSaved(index) || (HEAPD_PLANTED(kForgetSave) && index % 13 == 0)) {
    return;
  }
  const TableEntry& entry = table_->entry(index);
  absl::MutexLock lock(&mu_);
  if (!(entry.has_slot_block() ? SaveBlock(index, *entry.slot_block())
                               : SaveInline(index, entry.inline_word()))) {
    lost_.store(true, std::memory_order_release);
    passed_.store(std::numeric_limits<Index>::max(), std::memory_order_relaxed);
    return;
  }
  Word(index).fetch_or(uint64_t{1} << (index % 64), std::memory_order_release);
}

bool SavedSlots::SaveInline(Index index, uint64_t slots) {
  const uint32_t position = NewRecord(kInlineWords + TableEntry::kInlineSlots);
  if (position == 0) return false;
  uint32_t* const record = At(position);
  record[kIndexAndForm] = index;
  record[kBefore] = std::exchange(heads_[index / kChunkEntries], position);
  // The lower half is slot 0; those that are not there are null.
  std::memcpy(&record[kInlineWords], &slots, sizeof(slots));
  return true;
}

bool SavedSlots::SaveBlock(Index index, const Block& block) {
  const uint32_t count = block.slot_count();
  const uint32_t position = NewRecord(kBlockFormWords + count);
  if (position == 0) return false;
  uint32_t* const record = At(position);
  record[kIndexAndForm] = index | kBlockForm;
  record[kBefore] = std::exchange(heads_[index / kChunkEntries], position);
  record[kSlotBlockBytes] = static_cast<uint32_t>(Spaces::BlockBytes(&block));
  record[kSlotCount] = count;
  std::memcpy(&record[kBlockFormWords], block.slots(), count * sizeof(Slot));
  return true;
}

uint32_t SavedSlots::NewRecord(size_t words) {
  if (words > left_words_) {
    const size_t block_words = std::max(words, kBlockWords);
    if (!budget_->Take(block_words * sizeof(uint32_t))) return 0;
    // Position 0 is none.
    if (blocks_.empty()) blocks_.emplace_back();
    block_bytes_ += block_words * sizeof(uint32_t);
    blocks_.push_back(std::make_unique_for_overwrite<uint32_t[]>(block_words));
    const auto start =
        static_cast<uint32_t>((blocks_.size() - 1) << kBlockShift);
    // What is left of the block before stays in use.
    if (words > kBlockWords) return start;
    next_ = start;
    left_words_ = kBlockWords;
  }
  left_words_ -= words;
  return std::exchange(next_, next_ + static_cast<uint32_t>(words));
}

SavedSlots::Saved SavedSlots::ChunkReader::Find(Index index) {
  const uint32_t*& record = records_[index % kChunkEntries];
  if (record == nullptr) {
    // What was saved since the last look.
    absl::MutexLock lock(&saved_.mu_);
    const uint32_t newest = saved_.heads_[chunk_];
    for (uint32_t next = newest; next != read_up_to_;) {
      const uint32_t* const found = saved_.At(next);
      records_[(found[kIndexAndForm] & ~kBlockForm) % kChunkEntries] = found;
      next = found[kBefore];
    }
    read_up_to_ = newest;
  }
  const auto slots_at = [&record](Header word) {
    return reinterpret_cast<const Slot*>(&record[word]);
  };
  Saved saved;
  if ((record[kIndexAndForm] & kBlockForm) == 0) {
    saved.slots = {slots_at(kInlineWords), TableEntry::kInlineSlots};
  } else {
    saved.slot_block_bytes = record[kSlotBlockBytes];
    saved.slots = {slots_at(kBlockFormWords), record[kSlotCount]};
  }
  return saved;
}

void SavedSlots::Free() {
  std::vector<Words> blocks;
  absl::MutexLock lock(&mu_);
  passed_.store(std::numeric_limits<Index>::max(), std::memory_order_relaxed);
  blocks.swap(blocks_);
  budget_->Give(std::exchange(block_bytes_, 0));
  left_words_ = 0;
}

}  // namespace heapd
