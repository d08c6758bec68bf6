#ifndef HEAPD_SERVER_HOST_NEAR_LIMIT_WATCH_H_
#define HEAPD_SERVER_HOST_NEAR_LIMIT_WATCH_H_

#include <cstdint>

#include "server/host/heap_observation.h"

namespace heapd::server {

// Whether a heap has come so near its limit that a snapshot shall show why.
// Single-threaded.
//
//    0            first       second      third  (of at most three)
//    |--------------|-----------|-----------|-----------|
//                 near %                              limit
//
// A step is reached when so much lived after the last major collection, or when
// a call got no memory and so much was in use, garbage included: then a heap
// may be full before a collection has ended.
class NearLimitWatch {
 public:
  // At most `count` snapshots from `percent` of the limit on.
  NearLimitWatch(int64_t count, int64_t percent)
      : count_(count), percent_(percent) {}

  // `taken`: snapshots that there were for this. Every second, as rules.
  bool IsDue(const HeapObservation& observation, int64_t taken) {
    const uint64_t shortages = observation.counters.memory_wait_count +
                               observation.counters.memory_refusal_count;
    const bool was_short = shortages != shortages_before_;
    shortages_before_ = shortages;
    if (taken >= count_) return false;
    const uint64_t step = StepBytes(observation.limit_bytes, taken);
    return (observation.counters.major_count > 0 &&
            observation.counters.live_bytes >= step) ||
           (was_short && observation.used_bytes >= step);
  }

  // From which size on a heap of that limit is near it once more.
  uint64_t StepBytes(uint64_t limit_bytes, int64_t taken) const {
    const double near = static_cast<double>(percent_) / 100;
    const double part = near + (1 - near) * static_cast<double>(taken) /
                                   static_cast<double>(count_);
    return static_cast<uint64_t>(part * static_cast<double>(limit_bytes));
  }

 private:
  const int64_t count_;
  const int64_t percent_;
  uint64_t shortages_before_ = 0;  // as of the last look
};

}  // namespace heapd::server

#endif  // HEAPD_SERVER_HOST_NEAR_LIMIT_WATCH_H_
