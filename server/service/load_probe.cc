#include "server/service/load_probe.h"

#include <algorithm>
#include <numeric>
#include <utility>

namespace heapd::server {
namespace {

// For want of room in the daemon or in a heap. A session that is over its own
// bound, and a deadline that is too short, are their callers' business.
uint64_t RefusedForRoom(const AdmissionCounters::Figures& figures) {
  uint64_t sum = 0;
  for (const RefusalReason reason :
       {RefusalReason::kDaemonCalls, RefusalReason::kDaemonBytes,
        RefusalReason::kHeapCalls, RefusalReason::kHeapBytes,
        RefusalReason::kQueueFull}) {
    const auto& by_class = figures.refused[static_cast<size_t>(reason)];
    sum = std::accumulate(by_class.begin(), by_class.end(), sum);
  }
  return sum;
}

}  // namespace

ReadinessSample LoadProbe::Sample() {
  const uint64_t refused = RefusedForRoom(counters_.Read());
  const uint64_t before = std::exchange(refused_before_, refused);
  ReadinessSample sample;
  sample.longest_wait =
      std::max(registry_.OldestWaitingCallAge(), registry_.LongestStuckAge());
  sample.is_full = admission_.IsFull() || refused != before;
  return sample;
}

}  // namespace heapd::server
