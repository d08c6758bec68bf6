#ifndef HEAPD_SERVER_HOST_CALL_PACE_H_
#define HEAPD_SERVER_HOST_CALL_PACE_H_

#include <atomic>
#include <cstdint>

#include "absl/time/time.h"

namespace heapd::server {

// Nanoseconds of the steady clock; never 0.
int64_t SteadyNanoseconds();

// At what pace the daemon gets calls done: the time from one end of a call to
// the next, averaged over the recent past. Costs one atomic addition a call,
// and a look at the clock every 64th. Thread-safe, without locks.
class CallPace {
 public:
  // Tests bring their own clock.
  explicit CallPace(int64_t (*now)() = &SteadyNanoseconds) : now_(now) {}
  CallPace(const CallPace&) = delete;
  CallPace& operator=(const CallPace&) = delete;

  // A call has ended.
  void Ended() {
    // Relaxed, as everything here: an estimate made of single figures.
    const uint64_t before = ended_.fetch_add(1, std::memory_order_relaxed);
    if ((before + 1) % kWindow == 0) EndWindow();
  }
  // Nothing was in flight: the time until now says nothing of the pace.
  void Idle() { window_start_.store(0, std::memory_order_relaxed); }

  // How long `calls` that are in flight take to end, about. When nothing ends
  // any more, at least as long as that has been so already.
  absl::Duration TimeFor(int64_t calls) const;

 private:
  static constexpr uint64_t kWindow = 64;

  void EndWindow();

  int64_t (*const now_)();
  std::atomic<uint64_t> ended_{0};
  std::atomic<int64_t> window_start_{0};  // 0: there was an idle moment since
  // A small call on one core, until something is known.
  std::atomic<int64_t> nanos_per_call_{30'000};
};

}  // namespace heapd::server

#endif  // HEAPD_SERVER_HOST_CALL_PACE_H_
