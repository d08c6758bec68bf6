#ifndef HEAPD_HEAP_OBJECT_TABLE_ENTRY_H_
#define HEAPD_HEAP_OBJECT_TABLE_ENTRY_H_

#include <atomic>
#include <cstdint>

#include "absl/types/span.h"
#include "heap/base/check.h"
#include "heap/object/age.h"
#include "heap/object/block.h"
#include "heap/object/ref.h"
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

  bool is_free() const { return (word() & kAddressMask) == 0; }
  uint32_t incarnation() const { return static_cast<uint32_t>(word() >> 48); }
  Block* payload() const {
    return reinterpret_cast<Block*>((word() & kAddressMask) << 3);
  }
  bool has_slot_block() const { return FormOf(word()) == kSlotBlockForm; }
  bool may_have_weak_slots() const { return (word() & kWeakBit) != 0; }
  // Where its payload is says the same, but this is at hand.
  bool is_young() const { return (word() & kYoungBit) != 0; }
  // Whether `ref` names the object here.
  bool Matches(Ref ref) const {
    const uint64_t w = word();
    return w >> 48 == ref.incarnation() && (w & kAddressMask) != 0;
  }

  // With so many inline slots, as PackSlots() gives them.
  void MakeLive(uint32_t incarnation, Block* payload, uint32_t inline_slots,
                Age age, uint64_t packed_slots = 0) {
    HEAPD_DCHECK(inline_slots <= kInlineSlots);
    SetSecondWord(packed_slots);
    SetWord(uint64_t{incarnation} << 48 | (age == Age::kYoung ? kYoungBit : 0) |
            uint64_t{inline_slots} << kFormShift |
            reinterpret_cast<uintptr_t>(payload) >> 3);
  }
  static constexpr uint64_t PackSlots(Slot first, Slot second) {
    return uint64_t{second.word()} << 32 | first.word();
  }
  void MakeFree(uint32_t next_incarnation, Index next_free) {
    SetWord(uint64_t{next_incarnation} << 48);
    SetSecondWord(next_free);
  }
  Index next_free() const { return static_cast<Index>(inline_word()); }

  // The payload moved.
  void set_payload(Block* payload) {
    SetWord((word() & ~kAddressMask) |
            reinterpret_cast<uintptr_t>(payload) >> 3);
  }
  void set_may_have_weak_slots(bool weak) {
    SetWord(weak ? word() | kWeakBit : word() & ~kWeakBit);
  }
  void set_young(bool young) {
    SetWord(young ? word() | kYoungBit : word() & ~kYoungBit);
  }

  // REQUIRES: count <= kInlineSlots; the slots are inline.
  void set_inline_slot_count(uint32_t count) {
    HEAPD_DCHECK(count <= kInlineSlots);
    SetWord((word() & ~kFormMask) | uint64_t{count} << kFormShift);
  }
  void set_slot_block(Block* block) {
    SetWord(word() | kFormMask);
    SetSecondWord(reinterpret_cast<uintptr_t>(block));
  }
  // Back to what it was before it changed; its payload has not moved since.
  void Restore(const TableEntry& former) {
    SetWord(former.word_);
    SetSecondWord(former.inline_word());
  }
  // REQUIRES: has_slot_block().
  Block* slot_block() const { return reinterpret_cast<Block*>(inline_word()); }

  uint32_t slot_count() const {
    const uint32_t form = FormOf(word());
    return form == kSlotBlockForm ? slot_block()->slot_count() : form;
  }
  Slot* slots() {
    return has_slot_block() ? slot_block()->slots() : inline_slots();
  }
  const Slot* slots() const { return const_cast<TableEntry*>(this)->slots(); }
  absl::Span<const Slot> slot_span() const { return {slots(), slot_count()}; }

  // The second word; both inline slots, slot 0 in the lower half, unless
  // has_slot_block().
  uint64_t inline_word() const {
    return SecondWord().load(std::memory_order_acquire);
  }
  Slot* inline_slots() { return inline_slots_; }

  // Both words as one reader sees them; whether they belong together is
  // ObjectTable's business. A value.
  struct Words {
    uint64_t first;
    uint64_t second;

    uint32_t incarnation() const { return static_cast<uint32_t>(first >> 48); }
    bool has_slot_block() const { return FormOf(first) == kSlotBlockForm; }
    // REQUIRES: has_slot_block().
    const Block* slot_block() const {
      return reinterpret_cast<const Block*>(second);
    }
    bool may_have_weak_slots() const { return (first & kWeakBit) != 0; }
  };
  Words Load() const {
    const uint64_t first =
        std::atomic_ref<uint64_t>(const_cast<TableEntry*>(this)->word_)
            .load(std::memory_order_acquire);
    return {first, inline_word()};
  }

 private:
  static constexpr int kFormShift = 44;
  static constexpr uint32_t kSlotBlockForm = 3;
  static constexpr uint64_t kAddressMask = (uint64_t{1} << kFormShift) - 1;
  static constexpr uint64_t kFormMask = uint64_t{3} << kFormShift;
  static constexpr uint64_t kWeakBit = uint64_t{1} << 46;
  static constexpr uint64_t kYoungBit = uint64_t{1} << 47;

  static uint32_t FormOf(uint64_t word) {
    return static_cast<uint32_t>(word >> kFormShift) & 3;
  }

  // Relaxed: markers and sweepers read words beside the mutator, and a sweeper
  // writes those of the dead; what goes with a word is ordered elsewhere (slots
  // by Slot, both words by ObjectTable::FormChange).
  uint64_t word() const {
    return std::atomic_ref<uint64_t>(const_cast<TableEntry*>(this)->word_)
        .load(std::memory_order_relaxed);
  }
  void SetWord(uint64_t word) {
    std::atomic_ref<uint64_t>(word_).store(word, std::memory_order_relaxed);
  }
  std::atomic_ref<uint64_t> SecondWord() const {
    return std::atomic_ref<uint64_t>(*reinterpret_cast<uint64_t*>(
        const_cast<TableEntry*>(this)->inline_slots_));
  }
  void SetSecondWord(uint64_t word) {
    SecondWord().store(word, std::memory_order_release);
  }

  uint64_t word_;
  alignas(8) Slot inline_slots_[kInlineSlots];
};

static_assert(sizeof(TableEntry) == 16, "the design's cost of an entry");

}  // namespace heapd

#endif  // HEAPD_HEAP_OBJECT_TABLE_ENTRY_H_
