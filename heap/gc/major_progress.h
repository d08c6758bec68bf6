#ifndef HEAPD_HEAP_GC_MAJOR_PROGRESS_H_
#define HEAPD_HEAP_GC_MAJOR_PROGRESS_H_

#include <cstddef>
#include <cstdint>

namespace heapd {

// What is to happen before a running major collection can go on.
enum class MajorProgress : uint8_t {
  kWait,   // threads of the runner are at work; they say when they are idle
  kAgain,  // the next slice
  kDone,   // nothing: the collection is over
};

// The most that one step of a major collection does in the mutators' thread,
// roughly a fifth of a millisecond.
struct MajorSlice {
  size_t objects = 4096;  // to mark
  size_t pages = 4;       // to sweep; as many large objects
  size_t chunks = 8;      // of the object table, to open or to sweep
};

}  // namespace heapd

#endif  // HEAPD_HEAP_GC_MAJOR_PROGRESS_H_
