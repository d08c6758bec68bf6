#include "client/heapload/load/clock.h"

#include <errno.h>
#include <sys/prctl.h>
#include <time.h>

#include "absl/time/clock.h"

namespace heapd::heapload {
namespace {

Nanos Monotonic() {
  timespec now = {};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return Nanos{now.tv_sec} * kNanosPerSecond + now.tv_nsec;
}

}  // namespace

void RunClock::StartIn(absl::Duration delay) {
  start_ = Monotonic() + absl::ToInt64Nanoseconds(delay);
  wall_start_ = absl::Now() + delay;
}

Nanos RunClock::Now() const { return Monotonic() - start_; }

void RunClock::SleepUntil(Nanos time) const {
  const Nanos at = start_ + time;
  timespec until = {};
  until.tv_sec = at / kNanosPerSecond;
  until.tv_nsec = at % kNanosPerSecond;
  // A signal ends the sleep early.
  while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, nullptr) ==
         EINTR) {
  }
}

gpr_timespec RunClock::ToDeadline(Nanos time) const {
  // GPR_CLOCK_MONOTONIC may count from elsewhere than CLOCK_MONOTONIC.
  return gpr_time_add(gpr_now(GPR_CLOCK_MONOTONIC),
                      gpr_time_from_nanos(time - Now(), GPR_TIMESPAN));
}

void SleepPrecisely() { prctl(PR_SET_TIMERSLACK, 1UL); }

}  // namespace heapd::heapload
