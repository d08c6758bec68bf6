#ifndef HEAPD_SERVER_HOST_HEAP_REGISTRY_H_
#define HEAPD_SERVER_HOST_HEAP_REGISTRY_H_

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "absl/types/optional.h"
#include "heap/base/memory_budget.h"
#include "server/host/hosted_heap.h"
#include "server/host/reclaim_probe.h"

namespace heapd::server {

struct HeapRegistryOptions {
  uint64_t budget_bytes = uint64_t{1} << 30;
  uint64_t default_limit_bytes = uint64_t{256} << 20;
  uint64_t default_new_space_bytes = HeapOptions().new_space_bytes;
  size_t max_heaps = 1024;
  bool clear_free_memory = false;
  StressOptions stress = {};
};

// All heaps of the daemon by their ids, and the memory that they share.
// Thread-safe; its lock is never held while a heap works.
class HeapRegistry final : public ReclaimProbe {
 public:
  HeapRegistry(const HeapRegistryOptions& options,
               const HostEnvironment& environment);
  // REQUIRES: Stop() was called, or there is no heap.
  ~HeapRegistry() override;
  HeapRegistry(const HeapRegistry&) = delete;
  HeapRegistry& operator=(const HeapRegistry&) = delete;

  // `limit_bytes` 0 takes the default, and so does no `new_space_bytes`.
  // ALREADY_EXISTS (HEAP_EXISTS), RESOURCE_EXHAUSTED (HEAP_COUNT, BUDGET),
  // INVALID_ARGUMENT.
  absl::StatusOr<HeapFigures> Create(
      const std::string& id, uint64_t limit_bytes, uint64_t reservation_bytes,
      absl::optional<uint64_t> new_space_bytes = absl::nullopt)
      ABSL_LOCKS_EXCLUDED(mu_);

  // NOT_FOUND (HEAP_NOT_FOUND); INVALID_ARGUMENT for what is no id.
  absl::StatusOr<std::shared_ptr<HostedHeap>> Find(absl::string_view id) const
      ABSL_LOCKS_EXCLUDED(mu_);

  // Heaps in the order of their ids, those after `after`, at most `limit`.
  std::vector<HeapFigures> List(absl::string_view after, size_t limit) const
      ABSL_LOCKS_EXCLUDED(mu_);

  // Waits for the heap's lane. Errors of Find() and Heap::SetLimits().
  absl::StatusOr<HeapFigures> Update(absl::string_view id,
                                     absl::optional<uint64_t> limit_bytes,
                                     absl::optional<uint64_t> reservation_bytes)
      ABSL_LOCKS_EXCLUDED(mu_);

  // Waits for the heap's lane; its memory is given back when this returns.
  absl::Status Delete(absl::string_view id) ABSL_LOCKS_EXCLUDED(mu_);

  // Every heap that there is.
  std::vector<std::shared_ptr<HostedHeap>> All() const ABSL_LOCKS_EXCLUDED(mu_);

  const MemoryBudget& budget() const { return budget_; }
  MemoryBudget& budget() { return budget_; }

  // How long the oldest call that has not begun has waited, on any heap; zero
  // if none waits.
  absl::Duration OldestWaitingCallAge() const ABSL_LOCKS_EXCLUDED(mu_);
  // For how long the longest task that has a lane has had it, as far as those
  // know who ask now and then (MutatorLane::StuckAge()).
  absl::Duration LongestStuckAge() const ABSL_LOCKS_EXCLUDED(mu_);
  absl::optional<absl::Duration> TimeToReclaim() const override
      ABSL_LOCKS_EXCLUDED(mu_);

  // Deletes all heaps; afterwards their lanes are idle. REQUIRES: nobody makes
  // calls any more.
  void Stop() ABSL_LOCKS_EXCLUDED(mu_);

 private:
  using Heaps = std::map<std::string, std::shared_ptr<HostedHeap>, std::less<>>;

  absl::Status Reserve(const std::string& id) ABSL_LOCKS_EXCLUDED(mu_);

  const HeapRegistryOptions options_;
  const HostEnvironment environment_;
  MemoryBudget budget_;
  mutable absl::Mutex mu_;  // a leaf of the lock order
  // A null heap is being made.
  Heaps heaps_ ABSL_GUARDED_BY(mu_);
};

// INVALID_ARGUMENT unless it is 1 to 63 of a-z, 0-9 and '-', a letter first, no
// '-' at the end.
absl::Status CheckHeapId(absl::string_view id);

}  // namespace heapd::server

#endif  // HEAPD_SERVER_HOST_HEAP_REGISTRY_H_
