#ifndef HEAPD_HEAP_GC_COLLECTOR_H_
#define HEAPD_HEAP_GC_COLLECTOR_H_

#include <cstdint>
#include <deque>

#include "heap/base/memory_budget.h"
#include "heap/gc/collection.h"
#include "heap/gc/collection_schedule.h"
#include "heap/gc/heap_parts.h"

namespace heapd {

// Runs the phases of a collection in order and keeps the record of the last
// ones. Mutators are stopped throughout. Thread-compatible.
class Collector {
 public:
  static constexpr size_t kHistory = 32;

  // REQUIRES: both outlive the collector.
  Collector(HeapParts* parts, const MemoryAccount* account,
            uint64_t min_threshold_bytes)
      : parts_(parts), account_(account), schedule_(min_threshold_bytes) {}

  // Mark, clear what is weak, sweep. Cannot fail. Afterwards exactly the
  // reachable objects are left, and parts->marks marks them.
  Collection Collect(CollectionReason reason);

  const CollectionSchedule& schedule() const { return schedule_; }
  const std::deque<Collection>& history() const { return history_; }

 private:
  HeapParts* const parts_;
  const MemoryAccount* const account_;
  CollectionSchedule schedule_;
  std::deque<Collection> history_;  // oldest first
  uint64_t sequence_ = 0;
};

}  // namespace heapd

#endif  // HEAPD_HEAP_GC_COLLECTOR_H_
