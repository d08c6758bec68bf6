#ifndef HEAPD_HEAP_SPACE_FREE_RUNS_H_
#define HEAPD_HEAP_SPACE_FREE_RUNS_H_

#include <array>
#include <cstdint>

#include "heap/object/block.h"

namespace heapd {

// A free run that is linked with others of its size class.
struct FreeRun {
  Block block;
  FreeRun* next;
};

// Size classes of free runs: each size up to 16 words, then four for each
// doubling. A run of one word is too small to be linked; it stays unused until
// a neighbour becomes free.
class FreeRunClass {
 public:
  static constexpr int kCount = 64;
  static constexpr uint64_t kMinUnits = 2;

  // The class that a run of this size is in.
  static int Of(uint64_t units);

 private:
  static constexpr uint64_t kExactUnits = 16;
};

// Free runs of a page, as a sweep finds them: a chain for each class, in the
// order of addresses. Nothing but the memory of the runs is touched, so they
// can be gathered beside mutators, whose FreeList takes them in later.
// A value; thread-compatible.
class FreeRuns {
 public:
  // Makes [start, start + units words) a free run. Addresses ascend.
  void Add(char* start, uint64_t units) {
    Block* const block = Block::At(start);
    block->set_header(Block::MakeFreeHeader(units));
    if (units < FreeRunClass::kMinUnits) return;
    const int size_class = FreeRunClass::Of(units);
    FreeRun* const run = reinterpret_cast<FreeRun*>(block);
    Chain& chain = chains_[size_class];
    run->next = nullptr;
    *(chain.first == nullptr ? &chain.first : &chain.last->next) = run;
    chain.last = run;
    nonempty_ |= uint64_t{1} << size_class;
    free_units_ += units;
  }

  uint64_t free_units() const { return free_units_; }

 private:
  friend class FreeList;
  struct Chain {
    FreeRun* first = nullptr;
    FreeRun* last = nullptr;
  };

  std::array<Chain, FreeRunClass::kCount> chains_{};
  uint64_t nonempty_ = 0;  // a bit for each class
  uint64_t free_units_ = 0;
};

}  // namespace heapd

#endif  // HEAPD_HEAP_SPACE_FREE_RUNS_H_
