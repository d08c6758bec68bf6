#ifndef HEAPD_HEAP_SPACE_SPACE_STATS_H_
#define HEAPD_HEAP_SPACE_SPACE_STATS_H_

#include <cstdint>

namespace heapd {

// The figures of one space. Sizes in bytes.
struct SpaceStats {
  uint64_t used_bytes = 0;       // blocks not yet collected
  uint64_t committed_bytes = 0;  // taken from the system
  uint64_t free_bytes = 0;       // in free runs that an allocation can use
  uint64_t largest_free_block_bytes = 0;
  uint64_t page_count = 0;
  uint64_t free_list_hit_count = 0;   // bump areas served by a free list
  uint64_t free_list_miss_count = 0;  // bump areas that needed a new page
  uint64_t free_list_step_count = 0;  // free-list nodes looked at

  // 0 when all free memory is in one run, near 1 when it is in crumbs.
  double fragmentation_ratio() const {
    if (free_bytes == 0) return 0;
    return 1.0 - static_cast<double>(largest_free_block_bytes) /
                     static_cast<double>(free_bytes);
  }
};

}  // namespace heapd

#endif  // HEAPD_HEAP_SPACE_SPACE_STATS_H_
