#ifndef HEAPD_CLIENT_HEAPLOAD_RECORD_REF_MAP_H_
#define HEAPD_CLIENT_HEAPLOAD_RECORD_REF_MAP_H_

#include <cstddef>
#include <cstdint>

#include "absl/container/flat_hash_map.h"

namespace heapd::heapload {

// What a ref of the recording is in the replay.
//
// Keeps the last object at each index of the recorded heap: a new one there
// means that nobody used the one before any more. So it grows with the most
// objects that the heap had at a time, not with all that it ever had.
// Single-threaded.
class RefMap {
 public:
  enum class State {
    kUnknown,  // no answer has given it yet
    kLost,     // the call that would have made it failed in the replay
    kKnown,
  };
  struct Found {
    State state = State::kUnknown;
    uint64_t ref = 0;
  };

  // Null is known, as null.
  Found Find(uint64_t recorded) const;
  // `replayed` 0: lost. Null is not learned.
  void Learn(uint64_t recorded, uint64_t replayed);
  void Clear() { refs_.clear(); }
  size_t size() const { return refs_.size(); }

 private:
  struct Entry {
    uint32_t incarnation;
    uint64_t replayed;
  };
  absl::flat_hash_map<uint32_t, Entry> refs_;  // by index
};

}  // namespace heapd::heapload

#endif  // HEAPD_CLIENT_HEAPLOAD_RECORD_REF_MAP_H_
