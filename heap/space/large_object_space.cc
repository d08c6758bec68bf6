#include "heap/space/large_object_space.h"

#include "heap/base/check.h"
#include "heap/base/reservation.h"

namespace heapd {

LargeObjectSpace::~LargeObjectSpace() {
  while (!blocks_.empty()) Free(blocks_.back()->block());
}

uint64_t LargeObjectSpace::MappedBytes(uint64_t body_bytes) {
  return RoundUp(sizeof(LargeHeader) + UnitsFor(body_bytes) * kWordBytes,
                 kSystemPageBytes);
}

Block* LargeObjectSpace::Allocate(uint64_t body_bytes) {
  const uint64_t mapped = MappedBytes(body_bytes);
  if (!account_->Take(mapped)) return nullptr;
  // One that fills huge pages gets them, as far as it does: slots of a large
  // array are used at random.
  const uint64_t huge_bytes = mapped / kHugePageBytes * kHugePageBytes;
  char* const address =
      MapAligned(mapped, huge_bytes > 0 ? kHugePageBytes : kSystemPageBytes);
  if (address == nullptr) {
    account_->Give(mapped);
    return nullptr;
  }
  if (huge_bytes > 0) AdviseHugePages(address, huge_bytes);
  LargeHeader* const header = reinterpret_cast<LargeHeader*>(address);
  header->mapped_bytes = mapped;
  header->body_bytes = body_bytes;
  header->position = blocks_.size();
  header->scavenge_mark = 0;
  blocks_.push_back(header);
  used_bytes_ += header->block_bytes();
  committed_bytes_ += mapped;
  return header->block();
}

void LargeObjectSpace::Free(Block* block) {
  LargeHeader* const header = LargeHeader::Of(block);
  const uint64_t position = header->position;
  HEAPD_CHECK(position < blocks_.size() && blocks_[position] == header);
  blocks_[position] = blocks_.back();
  blocks_[position]->position = position;
  blocks_.pop_back();
  used_bytes_ -= header->block_bytes();
  const uint64_t mapped = header->mapped_bytes;
  committed_bytes_ -= mapped;
  Unmap(reinterpret_cast<char*>(header), mapped);
  account_->Give(mapped);
}

SpaceStats LargeObjectSpace::Stats() const {
  SpaceStats stats;
  stats.used_bytes = used_bytes_;
  stats.committed_bytes = committed_bytes_;
  stats.page_count = blocks_.size();
  return stats;
}

}  // namespace heapd
