#ifndef HEAPD_SERVER_METRICS_HEAP_SAMPLES_H_
#define HEAPD_SERVER_METRICS_HEAP_SAMPLES_H_

#include <cstdint>
#include <optional>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "server/host/hosted_heap.h"
#include "server/metrics/heap_totals.h"
#include "server/metrics/heap_visit.h"
#include "server/metrics/metric_page.h"

namespace heapd::server {

// How one heap is now, or several together. A value.
struct HeapState {
  uint64_t limit_bytes = 0;
  uint64_t reservation_bytes = 0;
  uint64_t used_bytes = 0;
  uint64_t committed_bytes = 0;
  uint64_t live_bytes = 0;
  uint64_t object_count = 0;
  uint64_t root_count = 0;
  uint64_t session_count = 0;
  int64_t calls_in_flight = 0;
  uint64_t bytes_in_flight = 0;
  absl::Duration oldest_wait;
  uint64_t suspected_count = 0;  // of leaks

  // The sum, and of waits the longest.
  void Add(const HeapState& other);
};

HeapState StateOf(const HostedHeap& hosted);

// The name of the heaps together that have no series of their own. No heap can
// have it.
inline constexpr absl::string_view kOtherHeaps = "(other)";

// What can be said of one heap and of several.
void AddHeapSamples(absl::string_view heap, const HeapState& state,
                    const HeapTotals& totals, MetricPage* page);

// What can be said of one heap only. `visit` may be missing.
void AddOwnSamples(const HostedHeap& hosted, const HeapTotals& totals,
                   const std::optional<HeapVisit::Figures>& visit,
                   MetricPage* page);

}  // namespace heapd::server

#endif  // HEAPD_SERVER_METRICS_HEAP_SAMPLES_H_
