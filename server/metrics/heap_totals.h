#ifndef HEAPD_SERVER_METRICS_HEAP_TOTALS_H_
#define HEAPD_SERVER_METRICS_HEAP_TOTALS_H_

#include <cstdint>

#include "server/host/heap_meter.h"
#include "server/host/hosted_heap.h"

namespace heapd::server {

// What one heap has counted since it was made, or several together. A value.
struct HeapTotals {
  HeapMeter::Figures meter;
  uint64_t refused_call_count = 0;
  uint64_t memory_wait_count = 0;
  uint64_t memory_refusal_count = 0;

  // Adds what has been counted between `before` and `now`.
  void AddDifference(const HeapTotals& now, const HeapTotals& before);
};

HeapTotals TotalsOf(const HostedHeap& hosted);

}  // namespace heapd::server

#endif  // HEAPD_SERVER_METRICS_HEAP_TOTALS_H_
