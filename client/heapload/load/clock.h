#ifndef HEAPD_CLIENT_HEAPLOAD_LOAD_CLOCK_H_
#define HEAPD_CLIENT_HEAPLOAD_LOAD_CLOCK_H_

#include <grpc/support/time.h>

#include <cstdint>

#include "absl/time/time.h"

namespace heapd::heapload {

// Times of a run: nanoseconds since its start, negative before it. On the
// machine's monotonic clock, which nobody sets, unlike the one that absl::Now()
// reads.
using Nanos = int64_t;

inline constexpr Nanos kNanosPerSecond = 1'000'000'000;

constexpr double ToSeconds(Nanos nanos) {
  return static_cast<double>(nanos) * 1e-9;
}

// The time of one run. Thread-compatible, and const while the run runs.
class RunClock {
 public:
  RunClock() { StartIn(absl::ZeroDuration()); }

  // The run starts in so long.
  void StartIn(absl::Duration delay);

  Nanos Now() const;
  // Returns at `time`, or at once if that is over. Precise to some 10 us
  // on threads that called SleepPrecisely().
  void SleepUntil(Nanos time) const;
  // A deadline for gRPC.
  gpr_timespec ToDeadline(Nanos time) const;

  // When the run starts, by the wall clock, and the way from there: what the
  // daemon says is in those terms.
  absl::Time start() const { return wall_start_; }
  Nanos FromWall(absl::Time time) const {
    return absl::ToInt64Nanoseconds(time - wall_start_);
  }

 private:
  Nanos start_;  // of the monotonic clock
  absl::Time wall_start_;
};

// Lets the kernel wake the calling thread when it asks, and not up to 50 us
// later to save wakeups.
void SleepPrecisely();

}  // namespace heapd::heapload

#endif  // HEAPD_CLIENT_HEAPLOAD_LOAD_CLOCK_H_
