#ifndef HEAPD_HEAP_GC_VERIFIER_H_
#define HEAPD_HEAP_GC_VERIFIER_H_

#include "absl/status/status.h"
#include "heap/base/memory_budget.h"
#include "heap/gc/heap_parts.h"

namespace heapd {

// Checks every invariant of heap/README.md by walking the heap; shares no code
// with the collector. INTERNAL (CORRUPT) cites the tag of the first invariant
// that is broken.
absl::Status VerifyHeap(const HeapParts& parts, const MemoryAccount& account);

}  // namespace heapd

#endif  // HEAPD_HEAP_GC_VERIFIER_H_
