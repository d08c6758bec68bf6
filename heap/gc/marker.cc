#include "heap/gc/marker.h"

#include <cstddef>
#include <cstdint>

#include "heap/base/planted_bug.h"
#include "heap/gc/marking_worklist.h"
#include "heap/gc/prefetch_ring.h"

namespace heapd {
namespace {

// The loop's state, kept in one local object so that the compiler can hold it
// in registers: stores through the worklist and the bitmap could otherwise
// change it, as far as it knows.
class MarkingLoop {
 public:
  MarkingLoop(const HeapParts& parts, MarkBitmap::Cursor marks,
              MarkingWorklist::Cursor worklist,
              std::vector<Index>* weak_objects)
      : entries_(parts.table.entries()),
        marks_(marks),
        worklist_(worklist),
        weak_objects_(weak_objects) {}

  // What a root or a session holds.
  void Reach(Index index) {
    marks_.Prefetch(index);
    MarkAndPush(mark_ring_.Exchange(index));
  }

  // Until nothing is left. Index 0 stands for nothing: its mark bit is set and
  // its entry has null slots, so that a ring can be fed with it and no stage
  // has to ask.
  void Drain() {
    FlushReached();
    while (!worklist_.empty()) {
      for (size_t nothing = 0; nothing < kEntryRing;) {
        const Index next = worklist_.empty() ? 0 : worklist_.Pop();
        nothing = next == 0 ? nothing + 1 : 0;
        __builtin_prefetch(&entries_[next]);
        VisitEntry(entry_ring_.Exchange(next));
      }
      for (size_t i = 0; i < kBlockRing; ++i) {
        VisitBlock(block_ring_.Exchange(nullptr));
      }
      FlushReached();
    }
  }

 private:
  static constexpr size_t kEntryRing = 32;
  static constexpr size_t kBlockRing = 8;
  static constexpr size_t kMarkRing = 8;

  void FlushReached() {
    for (size_t i = 0; i < kMarkRing; ++i) MarkAndPush(mark_ring_.Exchange(0));
  }

  // Without a branch: whether a ref leads to something new cannot be predicted.
  void MarkAndPush(Index index) { worklist_.PushIf(index, marks_.Mark(index)); }

  void VisitEntry(Index index) {
    if (HEAPD_PLANTED(kSkipChildren) && index % 97 == 96) return;
    const TableEntry& entry = entries_[index];
    if (__builtin_expect(entry.may_have_weak_slots(), false)) {
      weak_objects_->push_back(index);
    }
    // Both are read before the first is followed: following writes.
    const uint64_t slots = entry.inline_word();
    if (entry.has_slot_block()) {
      const Block* const block = reinterpret_cast<const Block*>(slots);
      __builtin_prefetch(block);
      VisitBlock(block_ring_.Exchange(block));
      return;
    }
    Follow(Slot::FromWord(static_cast<uint32_t>(slots)));
    Follow(Slot::FromWord(static_cast<uint32_t>(slots >> 32)));
  }

  void VisitBlock(const Block* block) {
    if (block == nullptr) return;
    const Slot* const slots = block->slots();
    const uint32_t count = block->slot_count();
    for (uint32_t i = 0; i < count; ++i) Follow(slots[i]);
  }

  void Follow(Slot slot) { Reach(slot.strong_index_or_zero()); }

  const TableEntry* const entries_;
  MarkBitmap::Cursor marks_;
  MarkingWorklist::Cursor worklist_;
  std::vector<Index>* const weak_objects_;
  PrefetchRing<Index, kEntryRing> entry_ring_;
  PrefetchRing<const Block*, kBlockRing> block_ring_;
  PrefetchRing<Index, kMarkRing> mark_ring_;
};

}  // namespace

void Marker::Mark() {
  const Index end = parts_->table.end();
  parts_->marks.Reset(end);
  if (parts_->table.live_count() == 0) return;
  MarkingWorklist worklist(end);
  MarkingLoop loop(*parts_, parts_->marks.cursor(), worklist.cursor(),
                   &weak_objects_);
  for (const auto& [name, object] : parts_->roots.map()) loop.Reach(object);
  for (const auto& [id, session] : parts_->sessions.map()) {
    session->ForEachHold([&loop](Index object) { loop.Reach(object); });
  }
  loop.Drain();
}

}  // namespace heapd
