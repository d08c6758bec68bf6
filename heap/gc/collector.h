#ifndef HEAPD_HEAP_GC_COLLECTOR_H_
#define HEAPD_HEAP_GC_COLLECTOR_H_

#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "heap/base/memory_budget.h"
#include "heap/base/task_runner.h"
#include "heap/gc/collection.h"
#include "heap/gc/collection_schedule.h"
#include "heap/gc/compactor.h"
#include "heap/gc/graph_capture.h"
#include "heap/gc/heap_parts.h"
#include "heap/gc/major_cycle.h"
#include "heap/gc/mutator_utilization.h"
#include "heap/gc/scavenger.h"
#include "heap/gc/stress.h"

namespace heapd {

// Runs the phases of collections in order and keeps the record of the last
// ones. The mutators' thread calls everything. Thread-compatible.
class Collector {
 public:
  static constexpr size_t kHistory = 32;  // of each kind

  // `runner`: see MajorCycle. REQUIRES: `parts` and `account` outlive the
  // collector.
  Collector(HeapParts* parts, const MemoryAccount* account,
            uint64_t min_threshold_bytes, TaskRunner runner,
            const StressOptions& stress)
      : parts_(parts),
        account_(account),
        runner_(std::move(runner)),
        stress_(stress),
        schedule_(min_threshold_bytes) {}

  // Promotes what lives in new space, marks, clears what is weak, sweeps, all
  // at once. Cannot fail. Afterwards exactly the reachable objects are left,
  // all of them old, and parts->marks marks them. REQUIRES, as StartMajor()
  // does: !IsMajorRunning().
  Collection CollectMajor(CollectionReason reason, Compaction compaction);
  // The same in pieces, between which mutators may run; see MajorCycle.
  void StartMajor(CollectionReason reason, Compaction compaction,
                  std::shared_ptr<GraphCapture> capture = nullptr);
  // REQUIRES, as FinishMajor() does: IsMajorRunning().
  MajorProgress StepMajor(const MajorSlice& slice);
  // All that is left of marking. REQUIRES: IsMajorRunning().
  void FinishMarking();
  Collection FinishMajor();
  bool IsMajorRunning() const { return cycle_.has_value(); }
  void SetIdleCallback(std::function<void()> on_idle) {
    on_idle_ = std::move(on_idle);
  }
  // A scavenge. Cannot fail. Afterwards what was young and not reached from
  // holds or old objects is gone.
  Collection CollectMinor(CollectionReason reason);

  const CollectionSchedule& schedule() const { return schedule_; }
  // REQUIRES: there was one.
  const Collection& last_major() const { return major_.back(); }
  // The last ones of both kinds, oldest first.
  std::vector<Collection> history() const;
  const MutatorUtilization& utilization() const { return utilization_; }

 private:
  Collection Begin(CollectionKind kind, CollectionReason reason);
  void End(Collection* collection);
  void StartMajor(CollectionReason reason, Compaction compaction,
                  std::shared_ptr<GraphCapture> capture,
                  const TaskRunner& runner);
  // What the heap grew by while the one that ends ran: marking frees nothing
  // that is old, so what it saw tells about the rest.
  uint64_t GrowthOfRunning() const;
  // Adds to the pauses of the running major collection, and to its phases.
  void AddMajorPause(absl::Duration pause);
  void EndMarking();
  void EndMajor();
  void PrepareNewSpace();
  absl::Duration HeapAge() const {
    return absl::FromChrono(std::chrono::steady_clock::now() - created_);
  }
  void Scavenge(Scavenger::Promotion promotion, Collection* collection);

  HeapParts* const parts_;
  const MemoryAccount* const account_;
  const TaskRunner runner_;
  const StressOptions stress_;
  std::function<void()> on_idle_;
  CollectionSchedule schedule_;
  std::optional<MajorCycle> cycle_;
  Collection running_;  // what cycle_ has done so far
  absl::Duration phase_start_;
  uint64_t marking_used_bytes_ = 0;  // used when marking began
  uint64_t marking_growth_bytes_ = 0;
  std::deque<Collection> major_;  // oldest first
  std::deque<Collection> minor_;
  uint64_t sequence_ = 0;
  MutatorUtilization utilization_;
  const std::chrono::steady_clock::time_point created_ =
      std::chrono::steady_clock::now();
};

}  // namespace heapd

#endif  // HEAPD_HEAP_GC_COLLECTOR_H_
