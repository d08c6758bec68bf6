#include "server/host/heap_observation.h"

#include "server/host/hosted_heap.h"

namespace heapd::server {

HeapObservation Observe(const HostedHeap& hosted) {
  const HeapFigures figures = hosted.figures();
  HeapObservation observation;
  observation.heap = hosted.id();
  observation.instance = hosted.instance();
  observation.used_bytes = figures.used_bytes;
  observation.limit_bytes = figures.limit_bytes;
  observation.object_count = figures.object_count;
  observation.counters = hosted.counters().Read();
  observation.pauses = hosted.counters().ReadPauses();
  observation.refused_call_count =
      hosted.in_flight().refused() + observation.counters.memory_refusal_count;
  return observation;
}

}  // namespace heapd::server
