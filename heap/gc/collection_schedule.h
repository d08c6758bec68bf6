#ifndef HEAPD_HEAP_GC_COLLECTION_SCHEDULE_H_
#define HEAPD_HEAP_GC_COLLECTION_SCHEDULE_H_

#include <algorithm>
#include <cstdint>

namespace heapd {

// When the next collection is due: when the heap has grown by a factor over
// what lived after the last one. The work of a collection follows the live
// size, so with a factor of 2 each allocated byte pays for a constant amount
// of marking, however large the heap. Thread-compatible; a value.
class CollectionSchedule {
 public:
  static constexpr uint64_t kGrowthFactor = 2;

  explicit CollectionSchedule(uint64_t min_threshold_bytes)
      : min_threshold_bytes_(min_threshold_bytes),
        threshold_bytes_(min_threshold_bytes) {}

  // A collection left this much.
  void OnCollection(uint64_t live_bytes) {
    threshold_bytes_ =
        std::max(min_threshold_bytes_, live_bytes * kGrowthFactor);
  }
  bool IsDue(uint64_t used_bytes) const {
    return used_bytes >= threshold_bytes_;
  }
  uint64_t threshold_bytes() const { return threshold_bytes_; }

 private:
  uint64_t min_threshold_bytes_;
  uint64_t threshold_bytes_;
};

}  // namespace heapd

#endif  // HEAPD_HEAP_GC_COLLECTION_SCHEDULE_H_
