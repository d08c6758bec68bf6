#ifndef HEAPD_HEAP_OBJECT_TABLE_ENTRY_H_
#define HEAPD_HEAP_OBJECT_TABLE_ENTRY_H_

#include <cstdint>
#include <cstring>

#include "absl/types/span.h"
#include "heap/base/check.h"
#include "heap/object/block.h"
#include "heap/object/slot.h"

namespace heapd {

// One object's place in the object table: where its payload is, and its slots.
//
//   63          48 47 46 45 44 43                                  0
//   +-------------+--+--+-----+-------------------------------------+
//   | incarnation | y|w |form | address of the payload block / 8    |
//   +-------------+--+--+-----+-------------------------------------+
//   | two slots, or the address of a slot block (form 3)            |
//   +---------------------------------------------------------------+
//   form: 0, 1, 2 = that many slots, inline; 3 = slot block
//   w: may have weak slots
//   y: young: in new space, or large and not promoted yet
//
// With address 0 the entry is free: the incarnation is the next one to be given
// out, and the second word is the next free index of the chunk. Unused inline
// slots are null, so a marker reads both without asking how many there are.
class TableEntry {
 public:
  static constexpr uint32_t kInlineSlots = 2;
  static constexpr uint32_t kMaxIncarnation = 0xffff;

  bool is_free() const { return (word_ & kAddressMask) == 0; }
  uint32_t incarnation() const { return static_cast<uint32_t>(word_ >> 48); }
  Block* payload() const {
    return reinterpret_cast<Block*>((word_ & kAddressMask) << 3);
  }
  bool has_slot_block() const { return form() == kSlotBlockForm; }
  bool may_have_weak_slots() const { return (word_ & kWeakBit) != 0; }

  // Where its payload is says the same, but this is at hand.
  bool is_young() const { return (word_ & kYoungBit) != 0; }

  void MakeLive(uint32_t incarnation, Block* payload) {
    word_ =
        uint64_t{incarnation} << 48 | reinterpret_cast<uintptr_t>(payload) >> 3;
    SetSecondWord(0);
  }
  void MakeFree(uint32_t next_incarnation, Index next_free) {
    word_ = uint64_t{next_incarnation} << 48;
    SetSecondWord(next_free);
  }
  Index next_free() const { return static_cast<Index>(inline_word()); }

  // The payload moved.
  void set_payload(Block* payload) {
    word_ = (word_ & ~kAddressMask) | reinterpret_cast<uintptr_t>(payload) >> 3;
  }
  void set_may_have_weak_slots(bool weak) {
    word_ = weak ? word_ | kWeakBit : word_ & ~kWeakBit;
  }

  void set_young(bool young) {
    word_ = young ? word_ | kYoungBit : word_ & ~kYoungBit;
  }

  // REQUIRES: count <= kInlineSlots; the slots are inline.
  void set_inline_slot_count(uint32_t count) {
    HEAPD_DCHECK(count <= kInlineSlots);
    word_ = (word_ & ~kFormMask) | uint64_t{count} << kFormShift;
  }
  void set_slot_block(Block* block) {
    word_ |= kFormMask;
    SetSecondWord(reinterpret_cast<uintptr_t>(block));
  }
  // REQUIRES: has_slot_block().
  Block* slot_block() const { return reinterpret_cast<Block*>(inline_word()); }

  uint32_t slot_count() const {
    const uint32_t f = form();
    return f == kSlotBlockForm ? slot_block()->slot_count() : f;
  }
  Slot* slots() {
    return has_slot_block() ? slot_block()->slots() : inline_slots();
  }
  const Slot* slots() const { return const_cast<TableEntry*>(this)->slots(); }
  absl::Span<const Slot> slot_span() const { return {slots(), slot_count()}; }

  // The second word; both inline slots, slot 0 in the lower half, unless
  // has_slot_block().
  uint64_t inline_word() const {
    uint64_t word;
    std::memcpy(&word, inline_slots_, sizeof(word));
    return word;
  }
  Slot* inline_slots() { return inline_slots_; }

 private:
  static constexpr int kFormShift = 44;
  static constexpr uint32_t kSlotBlockForm = 3;
  static constexpr uint64_t kAddressMask = (uint64_t{1} << kFormShift) - 1;
  static constexpr uint64_t kFormMask = uint64_t{3} << kFormShift;
  static constexpr uint64_t kWeakBit = uint64_t{1} << 46;
  static constexpr uint64_t kYoungBit = uint64_t{1} << 47;

  uint32_t form() const {
    return static_cast<uint32_t>(word_ >> kFormShift) & 3;
  }

  void SetSecondWord(uint64_t word) {
    std::memcpy(static_cast<void*>(inline_slots_), &word, sizeof(word));
  }

  uint64_t word_;
  Slot inline_slots_[kInlineSlots];
};

static_assert(sizeof(TableEntry) == 16, "the design's cost of an entry");

}  // namespace heapd

#endif  // HEAPD_HEAP_OBJECT_TABLE_ENTRY_H_
