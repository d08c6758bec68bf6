#ifndef HEAPD_HEAP_SPACE_FREE_LIST_H_
#define HEAPD_HEAP_SPACE_FREE_LIST_H_

#include <array>
#include <cstddef>
#include <cstdint>

#include "heap/object/block.h"
#include "heap/space/free_runs.h"
#include "heap/space/page.h"

namespace heapd {

// The free runs of a space, in lists by size class. A run is found without a
// search: any run of a class whose smallest size suffices will do, and one bit
// for each class says whether it has any. Only in the class that the size
// itself falls into are runs looked at, at most kMaxSteps of them.
//
// The list of a class is in several streams that take turns: a run is read for
// the first time in a long while when it is taken, and is where the next one of
// its stream is known from. One stream alone would be a chain of cache misses;
// with several the next run of each is prefetched a few turns ahead.
// Thread-compatible.
class FreeList {
 public:
  static constexpr int kMaxSteps = 8;

  // Makes [start, start + units words) a free run and takes it in. Runs of one
  // word are made and left out.
  void Add(char* start, uint64_t units);
  // Takes in all of them, as the first ones of a stream each.
  void TakeIn(const FreeRuns& runs);
  // A run of at least `units` words, taken out; null when none is found. Its
  // size is in its header.
  Block* Take(uint64_t units);
  // Takes out the free run at `block` if that needs no search: the first one of
  // a stream, as the last one added is. Its size; 0 when it stays, or is no
  // free run.
  uint64_t TakeIfFirst(Block* block);
  void Clear();
  // Takes out every run for which `is_gone(const Block*)` holds.
  template <typename IsGone>
  void RemoveIf(IsGone is_gone);

  uint64_t free_units() const { return free_units_; }
  // Looks through the runs of the largest class.
  uint64_t LargestRunUnits() const;
  uint64_t step_count() const { return step_count_; }

  // Calls `visit(Block*)` for each run.
  template <typename Visit>
  void ForEach(Visit visit) const {
    for (const Class& list : classes_) {
      for (FreeRun* node : list.streams) {
        for (; node != nullptr; node = node->next) visit(&node->block);
      }
    }
  }

 private:
  static constexpr int kClasses = FreeRunClass::kCount;
  static constexpr uint32_t kStreams = 8;

  struct Class {
    std::array<FreeRun*, kStreams> streams{};  // the first run of each
    uint32_t turn = 0;                         // the stream that is next

    bool empty() const;
  };

  // A run of at least `units` words from a class that is not empty, taken out.
  FreeRun* TakeFrom(int size_class, uint64_t units);
  void Push(int size_class, uint32_t stream, FreeRun* first, FreeRun* last);
  // Takes out the run that `link` leads to.
  FreeRun* Unlink(int size_class, FreeRun** link);

  std::array<Class, kClasses> classes_{};
  uint32_t next_stream_ = 0;  // for what TakeIn() takes in
  uint64_t nonempty_ = 0;     // a bit for each class
  uint64_t free_units_ = 0;
  uint64_t step_count_ = 0;
};

template <typename IsGone>
void FreeList::RemoveIf(IsGone is_gone) {
  for (int size_class = 0; size_class < kClasses; ++size_class) {
    for (FreeRun*& first : classes_[size_class].streams) {
      FreeRun** link = &first;
      while (*link != nullptr) {
        if (is_gone(&(*link)->block)) {
          Unlink(size_class, link);
        } else {
          link = &(*link)->next;
        }
      }
    }
  }
}

}  // namespace heapd

#endif  // HEAPD_HEAP_SPACE_FREE_LIST_H_
