#ifndef HEAPD_HEAP_SNAPSHOT_SNAPSHOT_BUDGET_H_
#define HEAPD_HEAP_SNAPSHOT_SNAPSHOT_BUDGET_H_

#include <algorithm>
#include <cstdint>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "heap/base/error.h"
#include "heap/base/memory_budget.h"
#include "heap/gc/saved_slots.h"

namespace heapd {

// The memory of one snapshot: out of a reserve, if it has one, then within the
// budget that it shares with the heaps, and there never more than `max_bytes`,
// so that what a snapshot needs beside a busy heap ends the snapshot and not
// the service. Gives all back at its end. Thread-safe.
class SnapshotBudget final : public SavedSlots::Budget {
 public:
  // REQUIRES: `budget` and `reserve`, which may be null, outlive this.
  SnapshotBudget(MemoryBudget* budget, uint64_t max_bytes,
                 MemoryBudget* reserve = nullptr)
      : max_bytes_(max_bytes),
        account_(budget),
        reserved_(reserve != nullptr ? reserve : budget) {
    // Without a reservation they always fit.
    account_.SetLimits(max_bytes, 0).IgnoreError();
    reserved_.SetLimits(reserve != nullptr ? reserve->total_bytes() : 0, 0)
        .IgnoreError();
  }

  bool Take(uint64_t bytes) override ABSL_LOCKS_EXCLUDED(mu_) {
    absl::MutexLock lock(&mu_);
    return reserved_.Take(bytes) || account_.Take(bytes);
  }
  void Give(uint64_t bytes) override ABSL_LOCKS_EXCLUDED(mu_) {
    absl::MutexLock lock(&mu_);
    const uint64_t shared = std::min(bytes, account_.committed_bytes());
    account_.Give(shared);
    reserved_.Give(bytes - shared);
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
  MemoryAccount reserved_ ABSL_GUARDED_BY(mu_);  // without a reserve, empty
};

}  // namespace heapd

#endif  // HEAPD_HEAP_SNAPSHOT_SNAPSHOT_BUDGET_H_
