#ifndef HEAPD_SERVER_HOST_HEAP_OBSERVATION_H_
#define HEAPD_SERVER_HOST_HEAP_OBSERVATION_H_

#include <cstdint>
#include <string>

#include "absl/types/optional.h"
#include "server/host/heap_counters.h"

namespace heapd::server {

class HostedHeap;

// What rules and triggers see of a heap at one look: figures that are read
// without its lane. A value.
struct HeapObservation {
  std::string heap;
  std::string instance;  // which life of that name
  uint64_t used_bytes = 0;
  uint64_t limit_bytes = 0;
  uint64_t object_count = 0;
  // Since the heap was made.
  HeapCounters::Figures counters;
  HistogramFigures pauses;          // the longest of each collection
  uint64_t refused_call_count = 0;  // OVERLOADED, HEAP_LIMIT or BUDGET
  // By the leak verdict.
  bool leak_suspected = false;
  std::string leak_reason;                       // of a suspicion, for people
  absl::optional<double> growth_bytes_per_hour;  // none: too early to say
};

// Looks at a heap.
HeapObservation Observe(const HostedHeap& hosted);

}  // namespace heapd::server

#endif  // HEAPD_SERVER_HOST_HEAP_OBSERVATION_H_
