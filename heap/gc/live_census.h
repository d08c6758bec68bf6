#ifndef HEAPD_HEAP_GC_LIVE_CENSUS_H_
#define HEAPD_HEAP_GC_LIVE_CENSUS_H_

#include <cstddef>
#include <cstdint>
#include <vector>

#include "heap/object/type.h"

namespace heapd {

// What lives of one type, with one tag.
struct LiveType {
  TypeId type = 0;
  uint64_t object_count = 0;
  // Their payload blocks, header and padding included.
  uint64_t payload_bytes = 0;
};

// Counts the objects that a sweep finds alive by type. Thread-compatible.
class LiveCensus {
 public:
  // Of types with ids of at most `type_count`.
  explicit LiveCensus(size_t type_count) : counts_(type_count + 1) {}

  void Count(TypeId type, uint64_t payload_bytes) {
    Counts& counts = counts_[type];
    ++counts.objects;
    counts.bytes += payload_bytes;
  }
  // Those of which there are any, by type.
  std::vector<LiveType> Take() const {
    std::vector<LiveType> live;
    for (TypeId type = 0; type < counts_.size(); ++type) {
      if (counts_[type].objects == 0) continue;
      live.push_back({type, counts_[type].objects, counts_[type].bytes});
    }
    return live;
  }

 private:
  struct Counts {
    uint64_t objects = 0;
    uint64_t bytes = 0;
  };

  std::vector<Counts> counts_;
};

}  // namespace heapd

#endif  // HEAPD_HEAP_GC_LIVE_CENSUS_H_
