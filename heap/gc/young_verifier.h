#ifndef HEAPD_HEAP_GC_YOUNG_VERIFIER_H_
#define HEAPD_HEAP_GC_YOUNG_VERIFIER_H_

#include "absl/status/status.h"
#include "heap/gc/heap_parts.h"

namespace heapd {

// Checks what must hold of young objects (inv.young, inv.remembered of
// heap/README.md) by a walk over new space and over every slot and hold; shares
// no code with the scavenger. INTERNAL (CORRUPT) cites the tag.
absl::Status VerifyYoung(const HeapParts& parts);

}  // namespace heapd

#endif  // HEAPD_HEAP_GC_YOUNG_VERIFIER_H_
