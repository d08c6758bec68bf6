#ifndef HEAPD_HEAP_SNAPSHOT_SNAPSHOT_BUDGET_H_
#define HEAPD_HEAP_SNAPSHOT_SNAPSHOT_BUDGET_H_

#include <cstdint>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "heap/base/error.h"
#include "heap/base/memory_budget.h"
#include "heap/gc/saved_slots.h"

namespace heapd {

// The memory of one snapshot: within the budget that it shares with the heaps,
// and never more than `max_bytes`, so that what a snapshot needs beside a busy
// heap ends the snapshot and not the service. Gives all back at its end.
// Thread-safe.
class SnapshotBudget final : public SavedSlots::Budget {
 public:
  // REQUIRES: `budget` outlives this.
  SnapshotBudget(MemoryBudget* budget, uint64_t max_bytes)
      : max_bytes_(max_bytes), account_(budget) {
    // Without a reservation it always fits.
    account_.SetLimits(max_bytes, 0).IgnoreError();
  }

  bool Take(uint64_t bytes) override ABSL_LOCKS_EXCLUDED(mu_) {
    absl::MutexLock lock(&mu_);
    return account_.Take(bytes);
  }
  void Give(uint64_t bytes) override ABSL_LOCKS_EXCLUDED(mu_) {
    absl::MutexLock lock(&mu_);
    account_.Give(bytes);
  }

  // RESOURCE_EXHAUSTED (SNAPSHOT_BUDGET).
  absl::Status Exhausted() const {
    return MakeError(
        absl::StatusCode::kResourceExhausted, reason::kSnapshotBudget,
        absl::StrCat("the heap changed so much while the snapshot was read "
                     "that ",
                     max_bytes_,
                     " bytes beside it, or what the daemon's budget has left, "
                     "were not enough"));
  }

 private:
  const uint64_t max_bytes_;
  absl::Mutex mu_;  // a leaf of the lock order
  MemoryAccount account_ ABSL_GUARDED_BY(mu_);
};

}  // namespace heapd

#endif  // HEAPD_HEAP_SNAPSHOT_SNAPSHOT_BUDGET_H_
