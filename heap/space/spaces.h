#ifndef HEAPD_HEAP_SPACE_SPACES_H_
#define HEAPD_HEAP_SPACE_SPACES_H_

#include <cstdint>

#include "absl/strings/string_view.h"
#include "heap/base/copy_bytes.h"
#include "heap/base/memory_budget.h"
#include "heap/object/age.h"
#include "heap/object/block.h"
#include "heap/object/type.h"
#include "heap/space/large_object_space.h"
#include "heap/space/new_space.h"
#include "heap/space/page_source.h"
#include "heap/space/paged_space.h"

namespace heapd {

// Where blocks live: the one place that chooses a space by what a block is for
// and how large it is. Blocks come without an owner; the caller sets it before
// anything else happens to the spaces. Thread-compatible.
class Spaces {
 public:
  // `runner`: see PageSource.
  Spaces(MemoryAccount* account, uint64_t new_space_bytes,
         bool clear_free_memory, TaskRunner runner = nullptr)
      : new_space_(account, new_space_bytes, clear_free_memory),
        pages_(account, std::move(runner)),
        old_space_(&pages_, clear_free_memory),
        slot_space_(&pages_, clear_free_memory),
        large_(account) {}

  // A block with this payload, padded with zeros to whole words: in new space
  // if there is room, else in old space; a large one has a space of its own.
  // Null when there is no memory.
  Block* AllocatePayload(TypeId type, absl::string_view payload) {
    const uint64_t units = UnitsFor(payload.size());
    if (units > PagedSpace::kMaxBlockUnits) {
      return AllocateLargePayload(type, payload);
    }
    Block* block = new_space_.Allocate(static_cast<uint32_t>(units));
    if (block == nullptr) {
      block = old_space_.Allocate(static_cast<uint32_t>(units));
    }
    if (block == nullptr) return nullptr;
    CopyToWords(block->body(), payload.data(), payload.size());
    FillHeader(block, kNoOwnerYet, type, payload.size());
    return block;
  }
  // The same in new space or not at all, and without a header: FillHeader() has
  // to follow.
  Block* AllocateYoungPayload(absl::string_view payload) {
    const uint64_t units = UnitsFor(payload.size());
    if (units > PagedSpace::kMaxBlockUnits) return nullptr;
    Block* const block = new_space_.Allocate(static_cast<uint32_t>(units));
    if (block != nullptr) {
      CopyToWords(block->body(), payload.data(), payload.size());
    }
    return block;
  }
  static void FillHeader(Block* block, Index owner, TypeId type,
                         size_t payload_bytes) {
    const uint32_t units = static_cast<uint32_t>(UnitsFor(payload_bytes));
    const uint32_t padding =
        static_cast<uint32_t>((units - 1) * kWordBytes - payload_bytes);
    block->set_header(
        Block::MakeHeader(owner, units, Block::PayloadExtra(type, padding)));
  }
  // Of a new object with this payload. Without new space none is young: nothing
  // would promote it.
  Age AgeOfNew(const Block* payload) const {
    const bool young = new_space_.Contains(payload) ||
                       (payload->is_large() && new_space_.capacity_bytes() > 0);
    return young ? Age::kYoung : Age::kOld;
  }
  // A block with room for at least `capacity` slots, `count` of them in use and
  // all null. Only slots of a young object are in new space.
  Block* AllocateSlots(uint32_t count, uint32_t capacity, Age owner);

  // Begins a sweep of all old spaces, which their Sweep() goes on with.
  void BeginSweep() {
    old_space_.BeginSweep();
    slot_space_.BeginSweep();
    large_.BeginSweep();
  }

  void FreePayload(Block* block) { Free(&old_space_, block); }
  void FreeSlots(Block* block) { Free(&slot_space_, block); }

  static void SetOwner(Block* block, Index owner) {
    block->set_header((block->header() & ~uint64_t{kNoOwnerYet}) | owner);
  }

  static uint32_t PayloadBytes(const Block* block) {
    if (block->is_large()) {
      return static_cast<uint32_t>(LargeHeader::Of(block)->body_bytes);
    }
    return (block->units() - 1) * kWordBytes - block->padding();
  }
  static uint32_t SlotCapacity(const Block* block) {
    const uint64_t body = block->is_large() ? LargeHeader::Of(block)->body_bytes
                                            : (block->units() - 1) * kWordBytes;
    return static_cast<uint32_t>(body / sizeof(Slot));
  }
  // What the block adds to its space's used bytes.
  static uint64_t BlockBytes(const Block* block) {
    return block->is_large() ? LargeHeader::Of(block)->block_bytes()
                             : block->units() * kWordBytes;
  }

  uint64_t used_bytes() const {
    return new_space_.used_bytes() + old_space_.used_bytes() +
           slot_space_.used_bytes() + large_.used_bytes();
  }

  NewSpace& new_space() { return new_space_; }
  PagedSpace& old_space() { return old_space_; }
  PagedSpace& slot_space() { return slot_space_; }
  LargeObjectSpace& large_object_space() { return large_; }
  const NewSpace& new_space() const { return new_space_; }
  const PagedSpace& old_space() const { return old_space_; }
  const PagedSpace& slot_space() const { return slot_space_; }
  const LargeObjectSpace& large_object_space() const { return large_; }
  PageSource& page_source() { return pages_; }
  const PageSource& page_source() const { return pages_; }

  // Not 0, so that a block without an owner is never taken for a free run.
  static constexpr Index kNoOwnerYet = (Index{1} << 30) - 1;

 private:
  Block* AllocateLarge(uint64_t body_bytes, uint32_t extra);
  Block* AllocateLargePayload(TypeId type, absl::string_view payload);
  void Free(PagedSpace* space, Block* block);

  NewSpace new_space_;
  PageSource pages_;
  PagedSpace old_space_;
  PagedSpace slot_space_;
  LargeObjectSpace large_;
};

}  // namespace heapd

#endif  // HEAPD_HEAP_SPACE_SPACES_H_
