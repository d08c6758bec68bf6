#ifndef HEAPD_HEAP_GC_COLLECTOR_H_
#define HEAPD_HEAP_GC_COLLECTOR_H_

#include <chrono>
#include <cstdint>
#include <deque>

#include "heap/base/memory_budget.h"
#include "heap/gc/collection.h"
#include "heap/gc/collection_schedule.h"
#include "heap/gc/heap_parts.h"
#include "heap/gc/mutator_utilization.h"
#include "heap/gc/scavenger.h"

namespace heapd {

// Runs the phases of collections in order and keeps the record of the last
// ones. Mutators are stopped throughout. Thread-compatible.
class Collector {
 public:
  static constexpr size_t kHistory = 32;  // of each kind

  // REQUIRES: both outlive the collector.
  Collector(HeapParts* parts, const MemoryAccount* account,
            uint64_t min_threshold_bytes)
      : parts_(parts), account_(account), schedule_(min_threshold_bytes) {}

  // Promotes what lives in new space, marks, clears what is weak, sweeps.
  // Cannot fail. Afterwards exactly the reachable objects are left, all of them
  // old, and parts->marks marks them.
  Collection CollectMajor(CollectionReason reason);
  // A scavenge. Cannot fail. Afterwards what was young and not reached from
  // holds or old objects is gone.
  Collection CollectMinor(CollectionReason reason);

  const CollectionSchedule& schedule() const { return schedule_; }
  // The last ones of both kinds, oldest first.
  std::vector<Collection> history() const;
  const MutatorUtilization& utilization() const { return utilization_; }

 private:
  Collection Begin(CollectionKind kind, CollectionReason reason);
  void End(Collection* collection);
  void Scavenge(Scavenger::Promotion promotion, Collection* collection);

  HeapParts* const parts_;
  const MemoryAccount* const account_;
  CollectionSchedule schedule_;
  std::deque<Collection> major_;  // oldest first
  std::deque<Collection> minor_;
  uint64_t sequence_ = 0;
  MutatorUtilization utilization_;
  const std::chrono::steady_clock::time_point created_ =
      std::chrono::steady_clock::now();
};

}  // namespace heapd

#endif  // HEAPD_HEAP_GC_COLLECTOR_H_
