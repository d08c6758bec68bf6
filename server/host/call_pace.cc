#include "server/host/call_pace.h"

#include <algorithm>
#include <chrono>

namespace heapd::server {

int64_t SteadyNanoseconds() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

void CallPace::EndWindow() {
  const int64_t now = now_();
  const int64_t start = window_start_.exchange(now, std::memory_order_relaxed);
  if (start == 0) return;
  const int64_t sample = (now - start) / static_cast<int64_t>(kWindow);
  const int64_t old = nanos_per_call_.load(std::memory_order_relaxed);
  // Two that write at once lose a sample, which does not matter.
  nanos_per_call_.store(old + (sample - old) / 4, std::memory_order_relaxed);
}

absl::Duration CallPace::TimeFor(int64_t calls) const {
  const absl::Duration usual = absl::Nanoseconds(
      calls * nanos_per_call_.load(std::memory_order_relaxed));
  const int64_t start = window_start_.load(std::memory_order_relaxed);
  if (start == 0) return usual;
  return std::max(usual, absl::Nanoseconds(now_() - start));
}

}  // namespace heapd::server
