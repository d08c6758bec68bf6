#ifndef HEAPD_HEAP_SPACE_FREE_LIST_H_
#define HEAPD_HEAP_SPACE_FREE_LIST_H_

#include <array>
#include <cstddef>
#include <cstdint>

#include "heap/object/block.h"
#include "heap/space/page.h"

namespace heapd {

// The free runs of a space, in lists by size class: each size up to 16 words,
// then four classes for each doubling. A run is found without a search: any run
// of a class whose smallest size suffices will do, and one bit for each class
// says whether it has any. Only in the class that the size itself falls into
// are runs looked at, at most kMaxSteps of them.
//
// A run of one word is too small to be linked; it stays unused until a
// neighbour becomes free.
// Thread-compatible.
class FreeList {
 public:
  static constexpr uint64_t kMinUnits = 2;
  static constexpr int kMaxSteps = 8;

  // Makes [start, start + units words) a free run and takes it in. Runs of one
  // word are made and left out.
  void Add(char* start, uint64_t units);
  // A run of at least `units` words, taken out; null when none is found. Its
  // size is in its header.
  Block* Take(uint64_t units);
  // Takes out the free run at `block` if that needs no search: the last one
  // added to its class. Its size; 0 when it stays, or is no free run.
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
    for (Node* head : heads_) {
      for (Node* node = head; node != nullptr; node = node->next) {
        visit(&node->block);
      }
    }
  }

  // The class that a run of this size is in.
  static int ClassOf(uint64_t units);
  static constexpr int kClasses = 64;

 private:
  struct Node {
    Block block;
    Node* next;
  };
  static constexpr uint64_t kExactUnits = 16;

  Node* Pop(int size_class);

  std::array<Node*, kClasses> heads_{};
  uint64_t nonempty_ = 0;  // a bit for each class
  uint64_t free_units_ = 0;
  uint64_t step_count_ = 0;
};

template <typename IsGone>
void FreeList::RemoveIf(IsGone is_gone) {
  for (int size_class = 0; size_class < kClasses; ++size_class) {
    Node** link = &heads_[size_class];
    while (*link != nullptr) {
      if (is_gone(&(*link)->block)) {
        free_units_ -= (*link)->block.free_units();
        *link = (*link)->next;
      } else {
        link = &(*link)->next;
      }
    }
    if (heads_[size_class] == nullptr) {
      nonempty_ &= ~(uint64_t{1} << size_class);
    }
  }
}

}  // namespace heapd

#endif  // HEAPD_HEAP_SPACE_FREE_LIST_H_
