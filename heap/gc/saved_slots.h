#ifndef HEAPD_HEAP_GC_SAVED_SLOTS_H_
#define HEAPD_HEAP_GC_SAVED_SLOTS_H_

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/types/span.h"
#include "heap/object/object_table.h"
#include "heap/object/slot.h"

namespace heapd {

// The slots that objects had at one instant, of those that mutators have
// changed since: before the first change of an object they copy its slots here
// (copy on first write), so that one reader that walks the object table finds
// the graph as it was. What the reader has passed is not copied any more, and
// neither is what was born since.
//
// The reader loads an object's slots first and asks IsSaved() then: a mutator
// saves before it stores, so new slots are never taken for old ones.
//
// Save() is the mutators'; the rest is the reader's, beside it.
class SavedSlots {
 public:
  static constexpr uint32_t kChunkEntries = ObjectTable::kChunkEntries;

  // Is asked before memory is taken, in bytes; false ends the saving.
  class Budget {
   public:
    virtual ~Budget() = default;
    virtual bool Take(uint64_t bytes) = 0;
    virtual void Give(uint64_t bytes) = 0;
  };

  // One object as it was. Valid until Free().
  struct Saved {
    uint32_t slot_block_bytes = 0;  // 0: its slots were inline
    absl::Span<const Slot> slots;
  };

  // Of objects with indices below table->end() as it is now. Takes what it
  // always needs from the budget. REQUIRES: both outlive this.
  SavedSlots(const ObjectTable* table, Budget* budget);
  SavedSlots(const SavedSlots&) = delete;
  SavedSlots& operator=(const SavedSlots&) = delete;

  // False when the budget did not have what it always needs.
  bool is_usable() const { return bits_ != nullptr; }

  // Before a change of the object's slots, their number included.
  // REQUIRES: live.
  void Save(Index index) ABSL_LOCKS_EXCLUDED(mu_) {
    if (table_->IsClosed(index) &&
        index >= passed_.load(std::memory_order_relaxed)) {
      SaveOnce(index);
    }
  }

  // Whether something could not be saved: the graph is lost.
  bool is_lost() const { return lost_.load(std::memory_order_acquire); }
  bool IsSaved(Index index) const {
    return (Word(index).load(std::memory_order_acquire) >> (index % 64) & 1) !=
           0;
  }
  // Where the saved objects of one chunk are, by index, for a reader.
  class ChunkReader {
   public:
    ChunkReader(SavedSlots* saved, uint32_t chunk)
        : saved_(*saved), chunk_(chunk), records_(kChunkEntries) {}
    // REQUIRES: IsSaved().
    Saved Find(Index index);

   private:
    SavedSlots& saved_;
    const uint32_t chunk_;
    uint32_t read_up_to_ = 0;
    std::vector<const uint32_t*> records_;
  };
  // The reader needs no object below `index` any more.
  void Pass(Index index) { passed_.store(index, std::memory_order_relaxed); }
  // Nothing is needed any more. Frees what was saved.
  void Free() ABSL_LOCKS_EXCLUDED(mu_);

 private:
  // A record: these words, and then the slots. What is mostly saved has inline
  // slots, and only the first two words and both slots.
  enum Header : uint32_t {
    kIndexAndForm,
    kBefore,  // the chunk's record before
    kInlineWords,
    kSlotBlockBytes = kInlineWords,
    kSlotCount,
    kBlockFormWords,
  };
  static constexpr uint32_t kBlockForm = uint32_t{1} << 31;
  // Records stand in blocks of so many words, and large ones in one of their
  // own; a position is the number of its block and the word in it.
  static constexpr int kBlockShift = 15;
  static constexpr size_t kBlockWords = size_t{1} << kBlockShift;
  using Words = std::unique_ptr<uint32_t[]>;

  std::atomic_ref<uint64_t> Word(Index index) const {
    return std::atomic_ref<uint64_t>(bits_.get()[index / 64]);
  }
  void SaveOnce(Index index) ABSL_LOCKS_EXCLUDED(mu_);
  // False over the budget.
  bool SaveInline(Index index, uint64_t slots)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  bool SaveBlock(Index index, const Block& block)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  // Its position; 0 over the budget.
  uint32_t NewRecord(size_t words) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  uint32_t* At(uint32_t position) const ABSL_SHARED_LOCKS_REQUIRED(mu_) {
    return &blocks_[position >> kBlockShift][position % kBlockWords];
  }

  const ObjectTable* const table_;
  Budget* const budget_;
  // One for each index. From calloc(), which need not touch what is zero.
  const std::unique_ptr<uint64_t, void (*)(void*)> bits_;
  std::atomic<Index> passed_{0};
  std::atomic<bool> lost_{false};

  absl::Mutex mu_;  // before the budget's in the lock order
  // By chunk, the position of the newest record; 0: there is none.
  std::vector<uint32_t> heads_ ABSL_GUARDED_BY(mu_);
  std::vector<Words> blocks_ ABSL_GUARDED_BY(mu_);
  uint64_t block_bytes_ ABSL_GUARDED_BY(mu_) = 0;  // of blocks_
  // In the last block for small records.
  uint32_t next_ ABSL_GUARDED_BY(mu_) = 0;
  size_t left_words_ ABSL_GUARDED_BY(mu_) = 0;
};

}  // namespace heapd

#endif  // HEAPD_HEAP_GC_SAVED_SLOTS_H_
