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
// roughly a fifth of a millisecond where tasks of a runner do the sweeping.
struct MajorSlice {
  size_t holds = 8192;      // of sessions, to look at
  size_t objects = 4096;    // to mark
  size_t string_parts = 1;  // of the intern table, to purge
  size_t pages = 16;        // that are swept, to take in; as many large objects
  size_t moved_pages = 1;   // to evacuate
  size_t chunks = 8;        // of the object table that are swept, to open
};

}  // namespace heapd

#endif  // HEAPD_HEAP_GC_MAJOR_PROGRESS_H_
