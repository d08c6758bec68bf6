#ifndef HEAPD_HEAP_GC_MARKING_WORKLIST_H_
#define HEAPD_HEAP_GC_MARKING_WORKLIST_H_

#include <cstddef>

#include "heap/base/check.h"
#include "heap/base/reservation.h"
#include "heap/object/ref.h"

namespace heapd {

// Objects that are marked and whose slots wait to be looked at: a stack. An
// object is pushed when its mark bit is set, so at most once, and a stack of as
// many entries as there are indices can never overflow: marking cannot fail.
// Memory is taken as the stack grows and given back at the end; it is not
// charged to the heap (4 bytes an object in the worst case, one array of
// leaves). Single-threaded.
class MarkingWorklist {
 public:
  // Room for every index below `end`, one more for a push that does not count.
  explicit MarkingWorklist(Index end)
      : reservation_((size_t{end} + 1) * sizeof(Index)) {
    HEAPD_CHECK(reservation_.CommitUpTo(reservation_.size()));
    items_ = reinterpret_cast<Index*>(reservation_.data());
  }

  // Pushes `index` if `count` is 1; `count` 0 leaves the stack as it is. Without
  // a branch: whether an edge leads to something new cannot be predicted.
  void PushIf(Index index, uint32_t count) {
    items_[size_] = index;
    size_ += count;
  }
  bool empty() const { return size_ == 0; }
  // REQUIRES: !empty().
  Index Pop() { return items_[--size_]; }

 private:
  Reservation reservation_;
  Index* items_;
  size_t size_ = 0;
};

}  // namespace heapd

#endif  // HEAPD_HEAP_GC_MARKING_WORKLIST_H_
