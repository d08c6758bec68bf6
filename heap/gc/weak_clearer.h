#ifndef HEAPD_HEAP_GC_WEAK_CLEARER_H_
#define HEAPD_HEAP_GC_WEAK_CLEARER_H_

#include <cstdint>

#include "absl/types/span.h"
#include "heap/gc/heap_parts.h"

namespace heapd {

// Sets the weak slots of `weak_objects` that refer to unmarked objects to null.
// How many. An object that has no weak slot left is no longer looked at.
// REQUIRES: marking is complete, nothing has been swept.
uint64_t ClearWeakSlots(HeapParts* parts, absl::Span<const Index> weak_objects);

}  // namespace heapd

#endif  // HEAPD_HEAP_GC_WEAK_CLEARER_H_
