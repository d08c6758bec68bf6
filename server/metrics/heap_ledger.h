#ifndef HEAPD_SERVER_METRICS_HEAP_LEDGER_H_
#define HEAPD_SERVER_METRICS_HEAP_LEDGER_H_

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "server/host/hosted_heap.h"
#include "server/metrics/heap_totals.h"
#include "server/metrics/heap_visit.h"

namespace heapd::server {

// Which heaps have series of their own, so that a daemon with many does not
// flood whoever stores them, and what the others have counted together.
//
// A heap that has series keeps them until it is deleted: which are the largest
// changes, and series that come and go are worse than those of a heap that has
// become small. Where there is room, the largest of the others get some.
// Counters of the others only grow, also when one of them is deleted or gets
// series of its own. Thread-compatible.
class HeapLedger {
 public:
  struct Entry {
    std::shared_ptr<HostedHeap> hosted;
    bool is_shown = false;
    HeapTotals totals;
    // Of those that are shown; outlived by calls on their way.
    std::shared_ptr<HeapVisit> visit;
  };

  explicit HeapLedger(size_t max_shown) : max_shown_(max_shown) {}

  // Takes over which heaps there are now, and reads their counters. What is
  // returned has them in the same order.
  std::vector<Entry> Update(
      const std::vector<std::shared_ptr<HostedHeap>>& heaps);

  // What all heaps have counted while they were not shown, as of Update().
  const HeapTotals& other_totals() const { return other_totals_; }

 private:
  // What is remembered of a heap. Not the heap itself: one that was deleted
  // shall be gone, with what it remembers for retries.
  struct Note {
    bool is_shown = false;
    HeapTotals totals;
    std::shared_ptr<HeapVisit> visit;
  };

  // Shows the largest of those that are not shown, where there is room.
  void ShowMore(std::vector<Entry>* entries) const;

  const size_t max_shown_;
  absl::flat_hash_map<std::string, Note> notes_;  // by HostedHeap::instance()
  HeapTotals other_totals_;
};

}  // namespace heapd::server

#endif  // HEAPD_SERVER_METRICS_HEAP_LEDGER_H_
