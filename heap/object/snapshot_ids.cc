#include "heap/object/snapshot_ids.h"

#include <cstddef>
#include <limits>

#include "heap/base/limits.h"

namespace heapd {

bool SnapshotIds::Prepare(Index end, uint64_t wanted) {
  if (next_id_ + 2 * wanted > std::numeric_limits<uint32_t>::max()) {
    return false;
  }
  if (end <= end_) return true;
  if (ids_ == nullptr) {
    reservation_ = Reservation((size_t{kMaxObjects} + 1) * sizeof(ids_[0]));
    ids_ = reinterpret_cast<uint32_t*>(reservation_.data());
  }
  const uint64_t bytes = RoundUp(end * sizeof(ids_[0]), kSystemPageBytes);
  const uint64_t more = bytes - committed_bytes_;
  if (!account_->Take(more)) return false;
  if (!reservation_.CommitUpTo(bytes)) {
    account_->Give(more);
    return false;
  }
  committed_bytes_ = bytes;
  end_ = end;
  return true;
}

}  // namespace heapd
