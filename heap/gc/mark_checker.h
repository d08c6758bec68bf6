#ifndef HEAPD_HEAP_GC_MARK_CHECKER_H_
#define HEAPD_HEAP_GC_MARK_CHECKER_H_

#include "absl/status/status.h"
#include "heap/gc/heap_parts.h"

namespace heapd {

// Compares a marking that ran beside mutators with what a plain search finds
// now that it is complete: everything that is held and was there when it began
// must be marked. (More can be: what died since.) Shares no code with the
// marker. INTERNAL (CORRUPT) names the first object that is not. REQUIRES:
// marking is complete, nothing has been swept.
absl::Status CheckMarks(const HeapParts& parts);

}  // namespace heapd

#endif  // HEAPD_HEAP_GC_MARK_CHECKER_H_
