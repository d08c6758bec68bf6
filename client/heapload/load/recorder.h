#ifndef HEAPD_CLIENT_HEAPLOAD_LOAD_RECORDER_H_
#define HEAPD_CLIENT_HEAPLOAD_LOAD_RECORDER_H_

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "client/heapload/load/call_tally.h"
#include "client/heapload/load/clock.h"
#include "client/heapload/load/schedule.h"

namespace heapd::heapload {

// How a run is cut for counting.
struct RecorderShape {
  // Width of an interval.
  Nanos interval = kNanosPerSecond;
  size_t interval_count = 0;
  size_t phase_count = 1;

  size_t IntervalOf(Nanos start) const {
    const auto i = static_cast<size_t>(start / interval);
    return i < interval_count ? i : interval_count - 1;
  }
};

// The counts of one thread, by interval and by phase, each by the intended
// start of the calls. Nothing is shared with other recording threads, so that
// counting costs neither a lock nor a cache miss.
//
//   recording thread          collecting thread
//   tally(call).Count...      tally(i) to look at
//                             Discard(i) when all calls of i ended everywhere
//
// One thread records, another collects.
class Recorder {
 public:
  explicit Recorder(const RecorderShape& shape);
  ~Recorder();
  Recorder(const Recorder&) = delete;
  Recorder& operator=(const Recorder&) = delete;

  const RecorderShape& shape() const { return shape_; }

  // For the recording thread. Counts the same thing in interval and phase:
  // `count(tally)` is called for each.
  template <typename Count>
  void Record(const IntendedCall& call, Count count) {
    count(phases_[call.phase]);
    count(IntervalTally(shape_.IntervalOf(call.start)));
  }

  // For others. Null if nothing was counted in the interval, or it was
  // discarded.
  const CallTally* interval(size_t i) const {
    return intervals_[i].load(std::memory_order_acquire);
  }
  const CallTally& phase(size_t i) const { return phases_[i]; }

  // Frees what interval `i` takes, which must not be counted in any more.
  void Discard(size_t i);

 private:
  CallTally& IntervalTally(size_t i) {
    // Relaxed: this thread stored it.
    CallTally* const tally = intervals_[i].load(std::memory_order_relaxed);
    return tally != nullptr ? *tally : NewTally(i);
  }
  CallTally& NewTally(size_t i);

  const RecorderShape shape_;
  // Made when first used: a long run has many and needs few at a time.
  std::vector<std::atomic<CallTally*>> intervals_;
  std::vector<CallTally> phases_;
};

}  // namespace heapd::heapload

#endif  // HEAPD_CLIENT_HEAPLOAD_LOAD_RECORDER_H_
