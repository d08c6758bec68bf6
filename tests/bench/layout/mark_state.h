#ifndef HEAPD_TESTS_BENCH_LAYOUT_MARK_STATE_H_
#define HEAPD_TESTS_BENCH_LAYOUT_MARK_STATE_H_

#include <cstddef>
#include <cstdint>
#include <cstring>

#include "tests/bench/layout/mapped_array.h"

namespace heapd::layout_bench {

// The memory of one marking run: the dense mark bitmap (one bit per position)
// and the marking worklist, a stack of marked positions whose slots are still
// to be visited. MarkCursor works on it.
//
// A marked position enters the worklist at most once, so a worklist as long as
// there are objects never overflows and a push needs no bounds check; only what
// is used of it becomes resident.
class MarkState {
 public:
  // The worklist has room for `worklist_length` positions and for what a loop
  // stores or prefetches past its end.
  MarkState(size_t positions, size_t worklist_length)
      : bits_(positions / 64 + 1), worklist_(worklist_length + 64) {}

  // Position 0 is null and counts as marked, so that pushing null does nothing
  // and needs no test.
  void Clear() {
    std::memset(bits_.data(), 0, bits_.size() * sizeof(uint64_t));
    bits_[0] = 1;
  }

  size_t BitmapBytes() const { return bits_.size() * sizeof(uint64_t); }

  uint64_t* bits() { return bits_.data(); }
  uint32_t* worklist() { return worklist_.data(); }

  // How many positions are marked; null is not counted.
  uint64_t CountMarked() const {
    uint64_t count = 0;
    for (size_t i = 0; i < bits_.size(); ++i) {
      count += static_cast<uint64_t>(__builtin_popcountll(bits_[i]));
    }
    return count - 1;
  }

  // What the worklist of the runs so far has cost.
  size_t WorklistResidentBytes() const { return worklist_.ResidentBytes(); }

 private:
  MappedArray<uint64_t> bits_;
  MappedArray<uint32_t> worklist_;
};

// How a loop marks what a slot refers to. kBranching shows what a branch costs.
enum class PushStyle { kBranchFree, kBranching };

// The ends of a MarkState that a marking loop holds in registers. A loop makes
// one as a local variable: as a member of something in memory, the length would
// be stored and loaded again around every store to the bitmap.
template <PushStyle kStyle>
class MarkCursor {
 public:
  explicit MarkCursor(MarkState& state)
      : bits_(state.bits()), worklist_(state.worklist()) {}

  // Marks `position` and pushes it if it was unmarked. Branch-free: whether a
  // random referent is marked is a coin toss that a branch would mispredict, so
  // the store is unconditional and only the length depends on the bit.
  void MarkAndPush(uint32_t position) {
    uint64_t& word = bits_[position / 64];
    const uint64_t old_word = word;
    const uint64_t bit = uint64_t{1} << (position % 64);
    if constexpr (kStyle == PushStyle::kBranching) {
      if ((old_word & bit) != 0) return;
    }
    word = old_word | bit;
    worklist_[length_] = position;
    length_ += (old_word & bit) == 0;
  }

  // Null when the worklist is empty.
  uint32_t PopOrNull() { return length_ > 0 ? worklist_[--length_] : 0; }

  // Without marking, for loops that mark what they pop.
  void Push(uint32_t position) { worklist_[length_++] = position; }

  void PrefetchBit(uint32_t position) const {
    __builtin_prefetch(&bits_[position / 64], 1);
  }

  size_t length() const { return length_; }
  uint32_t At(size_t i) const { return worklist_[i]; }

 private:
  uint64_t* bits_;
  uint32_t* worklist_;
  size_t length_ = 0;
};

// Delays positions by kDistance steps, the time a prefetch needs to arrive.
// Starts full of nulls. A distance of 0 is no delay.
template <size_t kDistance>
class PrefetchRing {
  static_assert((kDistance & (kDistance - 1)) == 0);

 public:
  // Takes the newest in and gives the oldest out.
  uint32_t Exchange(uint32_t newest) {
    if constexpr (kDistance == 0) return newest;
    const uint32_t oldest = ring_[next_];
    ring_[next_] = newest;
    next_ = (next_ + 1) % kSize;
    return oldest;
  }

 private:
  static constexpr size_t kSize = kDistance == 0 ? 1 : kDistance;

  uint32_t ring_[kSize] = {};
  size_t next_ = 0;
};

}  // namespace heapd::layout_bench

#endif  // HEAPD_TESTS_BENCH_LAYOUT_MARK_STATE_H_
