#ifndef HEAPD_HEAP_GC_MARKING_LOOP_H_
#define HEAPD_HEAP_GC_MARKING_LOOP_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "heap/base/planted_bug.h"
#include "heap/gc/mark_bitmap.h"
#include "heap/gc/marking_worklist.h"
#include "heap/gc/prefetch_ring.h"
#include "heap/object/object_table.h"
#include "heap/object/ref.h"
#include "heap/object/slot.h"

namespace heapd {

// The inner loop of marking.
//
// It waits for memory and for little else: the next object is a random table
// entry. So what it needs next is prefetched and waits in a ring until it has
// arrived, in three stages:
//
//   worklist --> entries --> inline slots --> mark bits --> marked, worklist
//                   |                             ^
//                   +----> slot blocks -----------+
//
// (Cher, Hosking, Vitek: Software prefetching for mark-sweep garbage
// collection, 2004. The stages and their lengths are those that
// tests/bench/layout_bench found best: without any, marking ten million random
// objects is seven times slower; without the one for mark bits, one and a half
// times.)
//
// What there is to prefetch must be known some objects ahead. Along a list it
// is not, and the stages would be filled with nothing: while only a few objects
// wait, they are visited without.
//
// Objects in open chunks are born since marking began: refs to them become null
// by a look at a byte of their chunk, and the loop never reads their entries.
//
// A value: a copy that is local to a function is one that the compiler can keep
// in registers, which it cannot where stores through the worklist and the
// bitmap might change it. One thread at a time.
class MarkingLoop {
 public:
  // A slot block of which the slots from `next` on have not been visited.
  struct PartlyVisited {
    const Block* block;
    uint32_t next;
  };

  // REQUIRES: all outlive the loop; `marks` was reset after the chunks were
  // closed.
  MarkingLoop(const ObjectTable* table, MarkBitmap::Cursor marks,
              MarkingWorklist::Cursor worklist,
              std::vector<Index>* weak_objects,
              std::vector<PartlyVisited>* large_blocks)
      : table_(table),
        entries_(table->entries()),
        closed_(table->closed()),
        marks_(marks),
        worklist_(worklist),
        weak_objects_(weak_objects),
        large_blocks_(large_blocks) {}

  void Reach(Index index) {
    index = IfClosed(index);
    marks_.Prefetch(index);
    MarkAndPush(mark_ring_.Exchange(index));
  }

  // Marks what was reached and what that reaches, until nothing is left (true)
  // or about `budget` objects were visited. Index 0 stands for nothing: its
  // mark bit is set and its entry has null slots, so that a ring can be fed
  // with it and no stage has to ask.
  bool Drain(size_t budget) {
    FlushReached();
    for (;;) {
      if (!worklist_.empty() && worklist_.size() < kFew) {
        if (!DrainFew(&budget)) return false;
        continue;
      }
      if (!DrainMany(&budget)) return false;
      if (worklist_.empty() && !DrainLargeBlocks(&budget)) return false;
      if (worklist_.empty() && large_blocks_->empty()) return true;
    }
  }

 private:
  static constexpr size_t kFew = 8;
  static constexpr uint32_t kLargeBlock = 4096;
  static constexpr size_t kEntryRing = 32;
  static constexpr size_t kBlockRing = 8;
  static constexpr size_t kMarkRing = 8;

  // Until there are more than a few, or none.
  bool DrainFew(size_t* budget) {
    while (!worklist_.empty() && worklist_.size() < kFew) {
      if (*budget == 0) return false;
      --*budget;
      VisitAtOnce(worklist_.Pop());
    }
    return true;
  }

  // Until the stages are empty.
  bool DrainMany(size_t* budget) {
    for (size_t nothing = 0; nothing < kEntryRing;) {
      if (*budget == 0) return false;
      const Index next = worklist_.empty() ? 0 : worklist_.Pop();
      nothing = next == 0 ? nothing + 1 : 0;
      *budget -= next == 0 ? 0 : 1;
      __builtin_prefetch(&entries_[next]);
      VisitEntry(entry_ring_.Exchange(next));
    }
    for (size_t i = 0; i < kBlockRing; ++i) {
      VisitBlock(block_ring_.Exchange(nullptr));
    }
    FlushReached();
    return true;
  }

  void FlushReached() {
    for (size_t i = 0; i < kMarkRing; ++i) MarkAndPush(mark_ring_.Exchange(0));
  }

  // Or null. The mask is all ones for a closed chunk.
  Index IfClosed(Index index) const {
    return index & -uint32_t{closed_[index / ObjectTable::kChunkEntries]};
  }

  // Without a branch: whether a ref leads to something new cannot be predicted.
  void MarkAndPush(Index index) { worklist_.PushIf(index, marks_.Mark(index)); }

  void VisitAtOnce(Index index) {
    const TableEntry::Words entry = LoadEntry(index);
    if (entry.has_slot_block()) {
      VisitBlock(reinterpret_cast<const Block*>(entry.second));
      FlushReached();
      return;
    }
    for (const uint64_t word : {entry.second, entry.second >> 32}) {
      const Slot slot = Slot::FromWord(static_cast<uint32_t>(word));
      MarkAndPush(IfClosed(slot.strong_index_or_zero()));
    }
  }

  TableEntry::Words LoadEntry(Index index) {
    const TableEntry::Words entry = table_->Load(index);
    if (__builtin_expect(entry.may_have_weak_slots(), false)) {
      weak_objects_->push_back(index);
    }
    return entry;
  }

  void VisitEntry(Index index) {
    if (HEAPD_PLANTED(kSkipChildren) && index % 97 == 96) return;
    const TableEntry::Words entry = LoadEntry(index);
    if (entry.has_slot_block()) {
      const Block* const block = reinterpret_cast<const Block*>(entry.second);
      __builtin_prefetch(block);
      VisitBlock(block_ring_.Exchange(block));
      return;
    }
    Follow(Slot::FromWord(static_cast<uint32_t>(entry.second)));
    Follow(Slot::FromWord(static_cast<uint32_t>(entry.second >> 32)));
  }

  void VisitBlock(const Block* block) {
    if (block == nullptr) return;
    const uint32_t count = block->slot_count();
    if (count > kLargeBlock) {
      large_blocks_->push_back({block, 0});
      return;
    }
    FollowSlots(block, 0, count);
  }

  void FollowSlots(const Block* block, uint32_t first, uint32_t count) {
    const Slot* const slots = block->slots() + first;
    for (uint32_t i = 0; i < count; ++i) Follow(Slot::Load(&slots[i]));
  }

  // A block of a million slots is not to be one piece of work.
  bool DrainLargeBlocks(size_t* budget) {
    while (!large_blocks_->empty()) {
      if (*budget == 0) return false;
      PartlyVisited& part = large_blocks_->back();
      // Mutators may add slots, and take back that they did.
      const uint32_t end = std::max(part.block->slot_count(), part.next);
      const uint32_t count = std::min(kLargeBlock, end - part.next);
      FollowSlots(part.block, part.next, count);
      part.next += count;
      if (part.next == end) large_blocks_->pop_back();
      *budget -= std::min<size_t>(*budget, count);
    }
    FlushReached();
    return true;
  }

  void Follow(Slot slot) { Reach(slot.strong_index_or_zero()); }

  const ObjectTable* table_;
  const TableEntry* entries_;
  const uint8_t* closed_;
  MarkBitmap::Cursor marks_;
  MarkingWorklist::Cursor worklist_;
  std::vector<Index>* weak_objects_;
  std::vector<PartlyVisited>* large_blocks_;
  PrefetchRing<Index, kEntryRing> entry_ring_;
  PrefetchRing<const Block*, kBlockRing> block_ring_;
  PrefetchRing<Index, kMarkRing> mark_ring_;
};

}  // namespace heapd

#endif  // HEAPD_HEAP_GC_MARKING_LOOP_H_
