#include "heap/space/spaces.h"

#include <cstring>

namespace heapd {

Block* Spaces::AllocateLarge(uint64_t body_bytes, uint32_t extra) {
  Block* const block = large_.Allocate(body_bytes);
  if (block == nullptr) return nullptr;
  block->set_header(Block::MakeHeader(kNoOwnerYet, 0, extra));
  return block;
}

Block* Spaces::AllocateLargePayload(TypeId type, absl::string_view payload) {
  Block* const block =
      AllocateLarge(payload.size(), Block::PayloadExtra(type, 0));
  if (block == nullptr) return nullptr;
  std::memcpy(block->body(), payload.data(), payload.size());
  return block;
}

Block* Spaces::AllocateSlots(uint32_t count, uint32_t capacity, Age owner) {
  const uint64_t body_bytes = uint64_t{capacity} * sizeof(Slot);
  const uint64_t units = UnitsFor(body_bytes);
  if (units > PagedSpace::kMaxBlockUnits) {
    return AllocateLarge((units - 1) * kWordBytes, count);
  }
  Block* block = owner == Age::kYoung
                     ? new_space_.Allocate(static_cast<uint32_t>(units))
                     : nullptr;
  if (block == nullptr) {
    block = slot_space_.Allocate(static_cast<uint32_t>(units));
    if (block == nullptr) return nullptr;
  }
  block->set_header(
      Block::MakeHeader(kNoOwnerYet, static_cast<uint32_t>(units), count));
  std::memset(block->body(), 0, (units - 1) * kWordBytes);
  return block;
}

void Spaces::Free(PagedSpace* space, Block* block) {
  if (block->is_large()) {
    large_.Free(block);
  } else if (new_space_.Contains(block)) {
    new_space_.Free(block);
  } else {
    space->Free(block, block->units());
  }
}

}  // namespace heapd
