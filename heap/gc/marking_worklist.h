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
// Memory is taken as the stack grows and given back by GiveBack() or at the
// end; it is not charged to the heap (4 bytes an object in the worst case, one
// array of leaves). Single-threaded.
class MarkingWorklist {
 public:
  // Works on the stack; a value, one at a time.
  class Cursor {
   public:
    explicit Cursor(Index* items) : items_(items) {}

    // Pushes `index` if `count` is 1; `count` 0 leaves the stack as it is.
    void PushIf(Index index, uint32_t count) {
      items_[size_] = index;
      size_ += count;
    }
    bool empty() const { return size_ == 0; }
    size_t size() const { return size_; }
    // REQUIRES: !empty().
    Index Pop() { return items_[--size_]; }

   private:
    Index* const items_;
    size_t size_ = 0;
  };

  // Room for every index below `end`, one more for a push that does not count.
  explicit MarkingWorklist(Index end)
      : reservation_((size_t{end} + 1) * sizeof(Index)) {
    HEAPD_CHECK(reservation_.CommitUpTo(reservation_.size()));
  }

  // All but what a few more objects need. Takes time for what was used.
  // REQUIRES: its cursor is empty.
  void GiveBack() {
    reservation_.Discard(kKeptBytes, reservation_.size() - kKeptBytes);
  }

  Cursor cursor() {
    return Cursor(reinterpret_cast<Index*>(reservation_.data()));
  }

 private:
  static constexpr size_t kKeptBytes = size_t{64} << 10;

  Reservation reservation_;
};

}  // namespace heapd

#endif  // HEAPD_HEAP_GC_MARKING_WORKLIST_H_
