#include "heap/gc/marker.h"

namespace heapd {
namespace {

inline void Prefetch(const void* address) { __builtin_prefetch(address); }

}  // namespace

Marker::Marker(HeapParts* parts)
    : parts_(parts),
      entries_(parts->table.entries()),
      worklist_(parts->table.end()) {
  parts_->marks.Reset(parts_->table.end());
}

void Marker::Mark() {
  MarkHolds();
  Drain();
}

void Marker::MarkHolds() {
  for (const auto& [name, object] : parts_->roots.map()) {
    Visit(Slot::Strong(object));
  }
  for (const auto& [id, session] : parts_->sessions.map()) {
    session->ForEachHold([this](Index object) { Visit(Slot::Strong(object)); });
  }
}

void Marker::Drain() {
  while (true) {
    // Fill the first ring before emptying it: its depth is the time that a
    // prefetch has.
    while (!worklist_.empty() && entry_tail_ - entry_head_ < kRing) {
      const Index index = worklist_.Pop();
      Prefetch(&entries_[index]);
      entry_ring_[entry_tail_++ % kRing] = index;
    }
    if (entry_head_ != entry_tail_) {
      VisitEntry(entry_ring_[entry_head_++ % kRing]);
    } else if (block_head_ != block_tail_) {
      VisitSlotBlock(block_ring_[block_head_++ % kRing]);
    } else {
      return;
    }
  }
}

void Marker::VisitEntry(Index index) {
#ifdef HEAPD_PLANTED_BUG_SKIP_CHILDREN
  // Compiled only into the test that shows that this would be found.
  if (index % 97 == 0) return;
#endif
  const TableEntry& entry = entries_[index];
  if (entry.may_have_weak_slots()) weak_objects_.push_back(index);
  if (!entry.has_slot_block()) {
    const uint64_t slots = entry.inline_word();
    Visit(Slot::FromWord(static_cast<uint32_t>(slots)));
    Visit(Slot::FromWord(static_cast<uint32_t>(slots >> 32)));
    return;
  }
  if (block_tail_ - block_head_ == kRing) {
    VisitSlotBlock(block_ring_[block_head_++ % kRing]);
  }
  Prefetch(entry.slot_block());
  block_ring_[block_tail_++ % kRing] = entry.slot_block();
}

void Marker::VisitSlotBlock(const Block* block) {
  const Slot* const slots = block->slots();
  const uint32_t count = block->slot_count();
  for (uint32_t i = 0; i < count; ++i) Visit(slots[i]);
}

}  // namespace heapd
