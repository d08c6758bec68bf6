#ifndef HEAPD_CLIENT_HEAPLOAD_RECORD_REF_SIGHTS_H_
#define HEAPD_CLIENT_HEAPLOAD_RECORD_REF_SIGHTS_H_

#include <cstdint>
#include <string>

#include "absl/container/flat_hash_map.h"
#include "client/heapload/record/recording.pb.h"

namespace heapd::heapload {

// Finds refs that clients learn by reading and not from the call that made the
// object: those inside of a deep copy, or made by a call that was cut off. Such
// a read is recorded, so that a replay learns its own ref in the same way.
//
// A heap is watched only from the first call on after which there can be such
// refs; each of its refs is then told at most once. Takes about ten bytes for
// each object of a watched heap. Single-threaded.
class RefSights {
 public:
  void Watch(const std::string& heap);
  bool IsWatched(const std::string& heap) const;
  void HeapDeleted(const std::string& heap);

  // The recording has this ref.
  void Made(const std::string& heap, uint64_t ref);
  // A strong or weak value that was read, in the form of Batch.values; other
  // values are no sight. Adds it if it is new and not null.
  void SeenInSlot(uint64_t owner, uint32_t slot, uint64_t value,
                  recording::RefsSeen* seen);
  void SeenInSlot(uint64_t owner, uint32_t slot, const v1::Value& value,
                  recording::RefsSeen* seen);
  void SeenAtRoot(const std::string& name, uint64_t ref,
                  recording::RefsSeen* seen);

 private:
  // Incarnations by index: only the last object at an index can be seen.
  using Seen = absl::flat_hash_map<uint32_t, uint32_t>;

  // True if it was not seen before.
  bool Note(const std::string& heap, uint64_t ref);

  absl::flat_hash_map<std::string, Seen> heaps_;
};

// The ref in a value of a batch, or 0 if it is none; and of a Value.
uint64_t RefOfWord(uint64_t word);
uint64_t RefOfValue(const v1::Value& value);

}  // namespace heapd::heapload

#endif  // HEAPD_CLIENT_HEAPLOAD_RECORD_REF_SIGHTS_H_
