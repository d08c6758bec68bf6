#ifndef HEAPD_HEAP_OBJECT_AGE_H_
#define HEAPD_HEAP_OBJECT_AGE_H_

namespace heapd {

// Whether a scavenge looks at an object: it is in new space, or large and not
// promoted yet.
enum class Age { kYoung, kOld };

}  // namespace heapd

#endif  // HEAPD_HEAP_OBJECT_AGE_H_
