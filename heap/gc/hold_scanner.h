#ifndef HEAPD_HEAP_GC_HOLD_SCANNER_H_
#define HEAPD_HEAP_GC_HOLD_SCANNER_H_

#include <cstddef>
#include <cstdint>
#include <optional>

#include "absl/types/span.h"
#include "heap/gc/marking_barrier.h"
#include "heap/hold/session_lister.h"
#include "heap/hold/session_table.h"

namespace heapd {

// Shades what sessions held when marking began, some holds at a time: there can
// be millions.
//
// Between, mutators open and close sessions, hold and drop. What is held later
// is born since, or was shaded when a client named it. What is dropped before
// it is looked at may die in this collection: only a client that names it could
// make it reachable again, and that shades it. A session is scanned from its
// last hold to its first: new holds come after the last, and when gaps are
// closed holds move towards the first, so none gets by.
//
// One instance serves one collection. The mutators' thread calls everything.
class HoldScanner {
 public:
  // REQUIRES: both outlive the scanner; the barrier is on.
  HoldScanner(const SessionTable* sessions, MarkingBarrier* barrier);
  // Scans these instead, which somebody copied when marking began: then what is
  // dropped is marked all the same.
  HoldScanner(absl::Span<const Index> holds, MarkingBarrier* barrier);

  // Goes on with about `count` holds or sessions. Whether none is left.
  bool Scan(size_t count);

 private:
  std::optional<SessionLister> sessions_;  // nothing: of no session
  absl::Span<const Index> holds_;          // those that are left
  MarkingBarrier& barrier_;
  size_t end_ = SIZE_MAX;  // the session's holds from here on are scanned
};

}  // namespace heapd

#endif  // HEAPD_HEAP_GC_HOLD_SCANNER_H_
