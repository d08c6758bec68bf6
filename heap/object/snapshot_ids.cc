#include "heap/object/snapshot_ids.h"

#include <algorithm>
#include <cstddef>
#include <limits>

#include "heap/base/limits.h"

namespace heapd {

bool SnapshotIds::Take(uint64_t bytes, MemoryBudget* reserve) {
  if (account_->Take(bytes)) {
    account_bytes_ += bytes;
    return true;
  }
  if (reserve == nullptr) return false;
  if (reserved_ == nullptr) {
    reserved_ = std::make_unique<MemoryAccount>(reserve);
    // Without a reservation it always fits.
    reserved_->SetLimits(reserve->total_bytes(), 0).IgnoreError();
  }
  return reserved_->Take(bytes);
}

bool SnapshotIds::Prepare(Index end, uint64_t wanted, MemoryBudget* reserve) {
  if (next_id_ + 2 * wanted > std::numeric_limits<uint32_t>::max()) {
    return false;
  }
  if (end <= end_) return true;
  if (ids_ == nullptr) {
    reservation_ = Reservation((size_t{kMaxObjects} + 1) * sizeof(ids_[0]));
    ids_ = reinterpret_cast<uint32_t*>(reservation_.data());
  }
  const uint64_t bytes = RoundUp(end * sizeof(ids_[0]), kSystemPageBytes);
  // What was taken before and could not be committed is not taken again.
  if (taken_bytes_ < bytes && !Take(bytes - taken_bytes_, reserve)) {
    return false;
  }
  taken_bytes_ = std::max(taken_bytes_, bytes);
  if (!reservation_.CommitUpTo(bytes)) return false;
  end_ = end;
  return true;
}

}  // namespace heapd
