#ifndef HEAPD_SERVER_HOST_NEAR_LIMIT_RESERVE_H_
#define HEAPD_SERVER_HOST_NEAR_LIMIT_RESERVE_H_

#include <cstdint>
#include <memory>

#include "absl/memory/memory.h"
#include "absl/status/statusor.h"
#include "heap/base/memory_budget.h"
#include "heap/base/status_macros.h"

namespace heapd::server {

// Memory of the heaps' budget that is kept for snapshots of heaps that come
// near their limits: no heap gets it, and those snapshots take theirs from it.
// Thread-safe.
class NearLimitReserve {
 public:
  // RESOURCE_EXHAUSTED (BUDGET). REQUIRES: `budget` outlives this, and this all
  // heaps of which such snapshots are taken.
  static absl::StatusOr<std::unique_ptr<NearLimitReserve>> Create(
      MemoryBudget* budget, uint64_t bytes) {
    auto reserve = absl::WrapUnique(new NearLimitReserve(budget, bytes));
    HEAPD_RETURN_IF_ERROR(reserve->held_.SetLimits(bytes, bytes));
    return reserve;
  }
  NearLimitReserve(const NearLimitReserve&) = delete;
  NearLimitReserve& operator=(const NearLimitReserve&) = delete;

  // What those snapshots take it from.
  MemoryBudget* budget() { return &own_; }

 private:
  NearLimitReserve(MemoryBudget* budget, uint64_t bytes)
      : held_(budget), own_(bytes) {}

  MemoryAccount held_;  // of what is shared; never more than reserved
  MemoryBudget own_;
};

}  // namespace heapd::server

#endif  // HEAPD_SERVER_HOST_NEAR_LIMIT_RESERVE_H_
