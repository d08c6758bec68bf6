#ifndef HEAPD_SERVER_HOST_NEAR_LIMIT_WATCH_H_
#define HEAPD_SERVER_HOST_NEAR_LIMIT_WATCH_H_

#include <cstdint>
#include <utility>

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
//
// What holds objects counts for the limit and is no object's, so a heap can be
// full with less in use. When calls are refused for want of memory it is at its
// limit, whatever it uses, and once more when it uses a step more; below half
// of the limit it was a large object that did not fit.
class NearLimitWatch {
 public:
  // At most `count` snapshots from `percent` of the limit on.
  NearLimitWatch(int64_t count, int64_t percent)
      : count_(count), percent_(percent) {}

  // `taken`: snapshots that there were for this. Every second, as rules.
  bool IsDue(const HeapObservation& observation, int64_t taken) {
    const HeapCounters::Figures& counters = observation.counters;
    const bool waited =
        counters.memory_wait_count !=
        std::exchange(waits_before_, counters.memory_wait_count);
    const bool refused =
        counters.memory_refusal_count !=
        std::exchange(refusals_before_, counters.memory_refusal_count);
    if (taken >= count_) return false;
    const uint64_t limit = observation.limit_bytes;
    const uint64_t used = observation.used_bytes;
    const uint64_t step = StepBytes(limit, taken);
    if ((counters.major_count > 0 && counters.live_bytes >= step) ||
        ((waited || refused) && used >= step)) {
      return true;
    }
    if (!refused || used < limit / 2 || used < next_full_bytes_) return false;
    next_full_bytes_ = used + StepBytes(limit, 1) - StepBytes(limit, 0);
    return true;
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
  // As of the last look.
  uint64_t waits_before_ = 0;
  uint64_t refusals_before_ = 0;
  // What a heap that is full uses when that is worth another snapshot.
  uint64_t next_full_bytes_ = 0;
};

}  // namespace heapd::server

#endif  // HEAPD_SERVER_HOST_NEAR_LIMIT_WATCH_H_
