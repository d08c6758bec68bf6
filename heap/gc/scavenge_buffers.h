#ifndef HEAPD_HEAP_GC_SCAVENGE_BUFFERS_H_
#define HEAPD_HEAP_GC_SCAVENGE_BUFFERS_H_

#include <cstddef>
#include <cstdint>
#include <vector>

#include "heap/gc/remembered_set.h"
#include "heap/object/ref.h"

namespace heapd {

// What a scavenge writes down. A heap keeps it from one to the next: memory
// that malloc gets from the system and gives back each time has to be faulted
// in each time, and the system's calls wait for whoever of the process maps
// memory meanwhile, for milliseconds. Not charged: mark bits are a 64th of new
// space, the others 4 to 8 bytes a survivor or remembered place.
// Thread-compatible.
struct ScavengeBuffers {
  // Empties all; room for so many words of marks, all 0.
  void Reset(size_t mark_words) {
    marks.assign(mark_words, 0);
    worklist.clear();
    weak_objects.clear();
    promoted.clear();
    place_targets.clear();
    weak_places.clear();
  }

  std::vector<uint64_t> marks;  // a bit for each word of from-space
  std::vector<Index> worklist;
  std::vector<Index> weak_objects;
  std::vector<Index> promoted;
  // What the remembered places refer to, 0 for nothing, and which of them do so
  // weakly: places are not in the cache, so they are looked at once.
  std::vector<Index> place_targets;
  std::vector<RememberedSet::Place> weak_places;
};

}  // namespace heapd

#endif  // HEAPD_HEAP_GC_SCAVENGE_BUFFERS_H_
