#ifndef HEAPD_HEAP_GC_SWEEPER_H_
#define HEAPD_HEAP_GC_SWEEPER_H_

#include <cstdint>

#include "heap/gc/heap_parts.h"

namespace heapd {

// Gives back everything that parts->marks does not mark: blocks to the free
// lists, empty pages and large blocks to the system, indices to the table with
// their next incarnation. How many pages and large blocks went back.
// REQUIRES: marking is complete, weak slots and strings are cleared.
uint64_t SweepHeap(HeapParts* parts);

}  // namespace heapd

#endif  // HEAPD_HEAP_GC_SWEEPER_H_
