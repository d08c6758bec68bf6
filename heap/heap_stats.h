#ifndef HEAPD_HEAP_HEAP_STATS_H_
#define HEAPD_HEAP_HEAP_STATS_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "heap/gc/collection.h"
#include "heap/space/space_stats.h"

namespace heapd {

// The figures of a heap at one moment. Sizes in bytes.
struct HeapStats {
  struct NamedSpace {
    std::string name;
    SpaceStats stats;
  };

  // Of any stretch of time of this length; see gc/mutator_utilization.h.
  struct MinimumUtilization {
    absl::Duration window;
    double ratio = 1;
  };

  uint64_t used_bytes = 0;  // sum of self sizes, and of used_bytes of spaces
  uint64_t committed_bytes = 0;
  uint64_t limit_bytes = 0;
  uint64_t reservation_bytes = 0;
  uint64_t object_count = 0;
  uint64_t root_count = 0;
  uint64_t session_count = 0;
  uint64_t hold_count = 0;
  uint64_t type_count = 0;
  uint64_t interned_string_count = 0;
  uint64_t allocated_object_count = 0;  // since the heap was created
  uint64_t allocated_bytes = 0;         // their self sizes
  uint64_t scratch_object_count = 0;    // of batches, none of which was made
  uint64_t next_collection_bytes = 0;
  uint64_t retired_index_count = 0;
  uint64_t object_overhead_bytes = 0;  // table entry and header
  std::vector<NamedSpace> spaces;
  std::vector<Collection> collections;  // the last ones, oldest first
  std::vector<MinimumUtilization> minimum_mutator_utilizations;
};

}  // namespace heapd

#endif  // HEAPD_HEAP_HEAP_STATS_H_
