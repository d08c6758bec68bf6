#ifndef HEAPD_HEAP_GC_MARKER_H_
#define HEAPD_HEAP_GC_MARKER_H_

#include <array>
#include <cstdint>
#include <vector>

#include "heap/gc/heap_parts.h"
#include "heap/gc/marking_worklist.h"

namespace heapd {

// Marks everything that roots and sessions reach through strong slots.
//
// Marking waits for memory and for little else: the next object is a random
// table entry. So an object goes through two stages of prefetching, each a ring
// of objects whose memory is on its way:
//
//   worklist --> entries ring --> inline slots looked at --> worklist
//                     |
//                     +--> slot blocks ring --> slots looked at --> worklist
//
// (Cher, Hosking, Vitek: Software prefetching for mark-sweep garbage
// collection, 2004.) tests/bench/layout_bench shows what it is worth.
//
// One instance serves one collection: construct, Mark(), read, destroy. Mutators
// are stopped throughout. Single-threaded.
class Marker {
 public:
  // REQUIRES: `parts` outlives the marker.
  explicit Marker(HeapParts* parts);

  // Fills parts->marks.
  void Mark();

  // Marked objects that may have weak slots.
  const std::vector<Index>& weak_objects() const { return weak_objects_; }

 private:
  static constexpr uint32_t kRing = 32;  // a power of two

  void MarkHolds();
  void Drain();
  void VisitEntry(Index index);
  void VisitSlotBlock(const Block* block);
  void Visit(Slot slot) {
    const Index target = slot.strong_index_or_zero();
    worklist_.PushIf(target, parts_->marks.Mark(target));
  }

  HeapParts* const parts_;
  TableEntry* const entries_;
  MarkingWorklist worklist_;
  std::vector<Index> weak_objects_;

  // Positions count up; the ring's index is the position modulo kRing.
  std::array<Index, kRing> entry_ring_{};
  uint32_t entry_head_ = 0;
  uint32_t entry_tail_ = 0;
  std::array<const Block*, kRing> block_ring_{};
  uint32_t block_head_ = 0;
  uint32_t block_tail_ = 0;
};

}  // namespace heapd

#endif  // HEAPD_HEAP_GC_MARKER_H_
