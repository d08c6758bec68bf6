#ifndef HEAPD_HEAP_GC_COLLECTION_SCHEDULE_H_
#define HEAPD_HEAP_GC_COLLECTION_SCHEDULE_H_

#include <algorithm>
#include <cstdint>

namespace heapd {

// When the next collection is due: when the heap has grown by a factor over
// what lived after the last one. The work of a collection follows the live
// size, so with a factor of 2 each allocated byte pays for a constant amount
// of marking, however large the heap.
//
// A heap that would be at its limit before that starts earlier: mutators go on
// to allocate while the collection runs, and must not run out meanwhile. How
// much room that takes is what the heap grew by while the last one ran, times
// two; at least an eighth of the room that it left, at most three quarters, and
// a quarter as long as none has run beside mutators. One whose room is small
// gets no collection for it before it has used a sixteenth of the limit: else
// it would do nothing but collect. Thread-compatible; a value.
class CollectionSchedule {
 public:
  static constexpr uint64_t kGrowthFactor = 2;

  explicit CollectionSchedule(uint64_t min_threshold_bytes)
      : min_threshold_bytes_(min_threshold_bytes),
        threshold_bytes_(min_threshold_bytes) {}

  // A collection left this much.
  void OnCollection(uint64_t live_bytes) {
    live_bytes_ = live_bytes;
    threshold_bytes_ =
        std::max(min_threshold_bytes_, live_bytes * kGrowthFactor);
  }
  // The one that ends now ran beside mutators, and the heap grew by so much
  // from its beginning to its end, not counting what it freed.
  void OnGrowth(uint64_t bytes) {
    has_grown_beside_ = true;
    growth_bytes_ = bytes;
  }
  bool IsDue(uint64_t used_bytes, uint64_t committed_bytes,
             uint64_t limit_bytes) const {
    return used_bytes >= threshold_bytes_ ||
           (used_bytes >= live_bytes_ + limit_bytes / 16 &&
            committed_bytes + Headroom(limit_bytes) >= limit_bytes);
  }
  uint64_t threshold_bytes() const { return threshold_bytes_; }

 private:
  // What has to be left under the limit when a collection begins.
  uint64_t Headroom(uint64_t limit_bytes) const {
    const uint64_t room = limit_bytes - std::min(live_bytes_, limit_bytes);
    if (!has_grown_beside_) return room / 4;
    return std::clamp(2 * growth_bytes_, room / 8, room / 4 * 3);
  }

  uint64_t min_threshold_bytes_;
  uint64_t threshold_bytes_;
  uint64_t live_bytes_ = 0;        // after the last collection
  bool has_grown_beside_ = false;  // any collection has run beside mutators
  uint64_t growth_bytes_ = 0;      // while the last one of those did
};

}  // namespace heapd

#endif  // HEAPD_HEAP_GC_COLLECTION_SCHEDULE_H_
