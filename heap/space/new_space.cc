#include "heap/space/new_space.h"

#include <algorithm>
#include <cstring>

namespace heapd {

NewSpace::NewSpace(MemoryAccount* account, uint64_t max_capacity_bytes,
                   bool clear_free_memory)
    : account_(account),
      max_capacity_bytes_(RoundUp(max_capacity_bytes, kSystemPageBytes)),
      clear_free_memory_(clear_free_memory),
      reservation_(max_capacity_bytes_ == 0
                       ? Reservation()
                       : Reservation(2 * max_capacity_bytes_)),
      start_(reservation_.data()),
      top_(start_),
      limit_(start_),
      age_mark_(start_) {}

NewSpace::~NewSpace() { account_->Give(2 * capacity_bytes_); }

void NewSpace::Free(Block* block) {
  const size_t bytes = SizeOf(block);
  used_bytes_ -= bytes;
  if (clear_free_memory_) std::memset(block->address(), 0, bytes);
  if (block->address() + bytes == top_) {
    top_ = block->address();
    return;
  }
  block->set_header(Block::MakeFreeHeader(bytes / kWordBytes));
}

bool NewSpace::GrowTo(uint64_t bytes) {
  HEAPD_DCHECK(bytes <= max_capacity_bytes_);
  if (bytes <= capacity_bytes_) return true;
  const uint64_t more = 2 * (bytes - capacity_bytes_);
  if (!account_->Take(more)) return false;
  if (!reservation_.Commit(0, bytes) ||
      !reservation_.Commit(max_capacity_bytes_, bytes)) {
    account_->Give(more);
    return false;
  }
  capacity_bytes_ = bytes;
  return true;
}

void NewSpace::SetAllowed(uint64_t bytes) {
  limit_ = start_ + std::max(std::min(bytes, capacity_bytes_), filled_bytes());
}

void NewSpace::Flip() {
  from_start_ = start_;
  from_top_ = top_;
  start_ = start_ == reservation_.data()
               ? reservation_.data() + max_capacity_bytes_
               : reservation_.data();
  top_ = start_;
  // What is copied came from a space of the same size.
  limit_ = start_ + capacity_bytes_;
  used_bytes_ = 0;
}

void NewSpace::FinishCopying() {
  age_mark_ = top_;
  // Null when new space was off until now.
  if (clear_free_memory_ && from_start_ != nullptr) {
    std::memset(from_start_, 0, from_top_ - from_start_);
  }
  from_start_ = nullptr;
  from_top_ = nullptr;
}

SpaceStats NewSpace::Stats() const {
  SpaceStats stats;
  stats.used_bytes = used_bytes_;
  stats.committed_bytes = 2 * capacity_bytes_;
  stats.free_bytes = free_bytes();
  stats.largest_free_block_bytes = free_bytes();
  stats.page_count = capacity_bytes_ == 0 ? 0 : 2;
  return stats;
}

}  // namespace heapd
