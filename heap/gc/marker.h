#ifndef HEAPD_HEAP_GC_MARKER_H_
#define HEAPD_HEAP_GC_MARKER_H_

#include <vector>

#include "heap/gc/heap_parts.h"

namespace heapd {

// Marks everything that roots and sessions reach through strong slots.
//
// Marking waits for memory and for little else: the next object is a random
// table entry. So what it needs next is prefetched and waits in a ring until it
// has arrived, in three stages:
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
// One instance serves one collection: construct, Mark(), read, destroy.
// Mutators are stopped throughout. Single-threaded.
class Marker {
 public:
  // REQUIRES: `parts` outlives the marker.
  explicit Marker(HeapParts* parts) : parts_(parts) {}
  Marker(const Marker&) = delete;
  Marker& operator=(const Marker&) = delete;

  // Fills parts->marks. Cannot fail.
  void Mark();

  // Marked objects that may have weak slots.
  const std::vector<Index>& weak_objects() const { return weak_objects_; }

 private:
  HeapParts* const parts_;
  std::vector<Index> weak_objects_;
};

}  // namespace heapd

#endif  // HEAPD_HEAP_GC_MARKER_H_
