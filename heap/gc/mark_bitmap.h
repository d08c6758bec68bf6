#ifndef HEAPD_HEAP_GC_MARK_BITMAP_H_
#define HEAPD_HEAP_GC_MARK_BITMAP_H_

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <utility>

#include "absl/numeric/bits.h"
#include "heap/base/check.h"
#include "heap/base/limits.h"
#include "heap/base/page_populator.h"
#include "heap/base/prefetch.h"
#include "heap/base/reservation.h"
#include "heap/base/task_runner.h"
#include "heap/object/ref.h"

namespace heapd {

// One bit for each index of the object table: marked, that is reachable. Dense
// and apart from the objects, so that marking reads little and writes less.
// Its memory is charged by the object table, chunk by chunk.
// Thread-compatible.
class MarkBitmap {
 public:
  static constexpr uint32_t kBitsPerWord = 64;

  // With a runner, the next 2 MiB of a bitmap that will need them are made
  // resident ahead.
  explicit MarkBitmap(TaskRunner runner = nullptr)
      : reservation_((size_t{kMaxObjects} + 1) / 8),
        populator_(std::move(runner)) {}

  // Clears all, makes room for indices below `end`, and marks index 0 (null).
  void Reset(Index end) {
    const size_t bytes = (size_t{end} + 7) / 8;
    HEAPD_CHECK(reservation_.CommitUpTo(bytes));
    words_ = reinterpret_cast<uint64_t*>(reservation_.data());
    const size_t words = (size_t{end} + kBitsPerWord - 1) / kBitsPerWord;
    for (size_t i = 0; i < words; ++i) words_[i] = 0;
    words_[0] = 1;
    end_ = end;
    PopulateAfter(bytes);
  }

  // Beside markers too: then a bit may be seen late.
  bool IsMarked(Index index) const {
    return (word(index / kBitsPerWord) >> (index % kBitsPerWord) & 1) != 0;
  }
  // REQUIRES: below end().
  HEAPD_PREFETCHES void Prefetch(Index index) const {
    __builtin_prefetch(&words_[index / kBitsPerWord]);
  }
  // Marks; a value, made after Reset().
  class Cursor {
   public:
    explicit Cursor(uint64_t* words) : words_(words) {}

    // Marks the index; 1 if it was not marked before, else 0.
    // REQUIRES: nobody else marks in the same word.
    uint32_t Mark(Index index) {
      const std::atomic_ref<uint64_t> word(words_[index / kBitsPerWord]);
      // Relaxed: whoever reads bits beside a marker can do with old ones.
      const uint64_t bits = word.load(std::memory_order_relaxed);
      word.store(bits | uint64_t{1} << (index % kBitsPerWord),
                 std::memory_order_relaxed);
      return (static_cast<uint32_t>(bits >> (index % kBitsPerWord)) & 1) ^ 1;
    }
    HEAPD_PREFETCHES void Prefetch(Index index) const {
      __builtin_prefetch(&words_[index / kBitsPerWord]);
    }

   private:
    uint64_t* const words_;
  };
  Cursor cursor() { return Cursor(words_); }

  Index end() const { return end_; }
  uint64_t word(size_t number) const {
    return std::atomic_ref<uint64_t>(words_[number])
        .load(std::memory_order_relaxed);
  }
  // How many indices in [first, first + count) are marked.
  // REQUIRES: multiples of kBitsPerWord, below end().
  uint32_t CountMarked(Index first, uint32_t count) const {
    uint32_t marked = 0;
    for (uint32_t i = 0; i < count / kBitsPerWord; ++i) {
      marked += absl::popcount(word(first / kBitsPerWord + i));
    }
    return marked;
  }

 private:
  // The huge page after the last one, when half of that is used.
  void PopulateAfter(size_t bytes) {
    const size_t begin = RoundUp(bytes, kHugePageBytes);
    const size_t end = begin + kHugePageBytes;
    if (!populator_.is_enabled() || end <= populated_bytes_) return;
    if (begin - bytes > kHugePageBytes / 2 || end > reservation_.size()) return;
    if (!reservation_.CommitUpTo(end)) return;
    if (populator_.Populate(reservation_.data() + begin, kHugePageBytes)) {
      populated_bytes_ = end;
    }
  }

  Reservation reservation_;
  uint64_t* words_ = nullptr;
  Index end_ = 0;
  size_t populated_bytes_ = 0;
  PagePopulator populator_;  // last: it uses the reservation
};

}  // namespace heapd

#endif  // HEAPD_HEAP_GC_MARK_BITMAP_H_
