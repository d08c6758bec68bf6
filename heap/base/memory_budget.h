#ifndef HEAPD_HEAP_BASE_MEMORY_BUDGET_H_
#define HEAPD_HEAP_BASE_MEMORY_BUDGET_H_

#include <atomic>
#include <cstdint>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"

namespace heapd {

// The memory that all heaps together may take from the system. A heap counts
// with what it has committed or with its reservation, whichever is more, so no
// heap can take another one's reservation. Thread-safe; outlives its accounts.
class MemoryBudget {
 public:
  explicit MemoryBudget(uint64_t total_bytes) : total_bytes_(total_bytes) {}
  MemoryBudget(const MemoryBudget&) = delete;
  MemoryBudget& operator=(const MemoryBudget&) = delete;

  uint64_t total_bytes() const { return total_bytes_; }
  // Sum over the accounts of max(committed, reservation).
  uint64_t charged_bytes() const;

 private:
  friend class MemoryAccount;

  // Moves a charge from `from` to `to`; false when that passes the total,
  // unless `always`.
  bool Recharge(uint64_t from, uint64_t to, bool always = false);

  const uint64_t total_bytes_;
  mutable absl::Mutex mu_;
  uint64_t charged_bytes_ ABSL_GUARDED_BY(mu_) = 0;
};

// What one heap has taken. Memory is asked for here before it is asked for from
// the system. The mutating calls belong to the heap's owner (one at a time);
// the accessors can be read by any thread.
class MemoryAccount {
 public:
  // REQUIRES: `budget` outlives the account.
  explicit MemoryAccount(MemoryBudget* budget) : budget_(budget) {}
  ~MemoryAccount();
  MemoryAccount(const MemoryAccount&) = delete;
  MemoryAccount& operator=(const MemoryAccount&) = delete;

  // RESOURCE_EXHAUSTED (BUDGET) when the reservation does not fit the budget;
  // nothing changes then. A limit below what is committed is fine.
  absl::Status SetLimits(uint64_t limit_bytes, uint64_t reservation_bytes);

  // False, and nothing taken, over the limit or the budget.
  bool Take(uint64_t bytes);
  // REQUIRES: taken before.
  void Give(uint64_t bytes);
  // Takes what was just given back, even if it is over a limit by now: for
  // undoing, which cannot fail.
  void TakeAgain(uint64_t bytes);

  uint64_t committed_bytes() const {
    return committed_bytes_.load(std::memory_order_relaxed);
  }
  uint64_t limit_bytes() const {
    return limit_bytes_.load(std::memory_order_relaxed);
  }
  uint64_t reservation_bytes() const {
    return reservation_bytes_.load(std::memory_order_relaxed);
  }

  // The error for the last Take() that failed: HEAP_LIMIT or BUDGET. Memory may
  // have been given back since, as what was made half is. REQUIRES: one failed.
  absl::Status Exhausted() const;

 private:
  MemoryBudget* const budget_;
  // By the last Take() that failed.
  uint64_t refused_bytes_ = 0;
  bool refused_by_limit_ = false;
  // Relaxed: figures on their own, no other data is read through them.
  std::atomic<uint64_t> committed_bytes_{0};
  std::atomic<uint64_t> limit_bytes_{0};
  std::atomic<uint64_t> reservation_bytes_{0};
};

}  // namespace heapd

#endif  // HEAPD_HEAP_BASE_MEMORY_BUDGET_H_
