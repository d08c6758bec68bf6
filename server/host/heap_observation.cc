#include "server/host/heap_observation.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "server/host/hosted_heap.h"
#include "server/host/leak_verdict.h"

namespace heapd::server {
namespace {

// "UpstreamError [GET /orders 502] grows by 1500000 bytes an hour".
std::string ReasonOf(const LeakVerdict& verdict) {
  std::string what = "what lives";
  double bytes_per_hour = verdict.live_bytes.slope_per_hour();
  if (!verdict.growing_classes.empty()) {
    const GrowingClass& fastest = verdict.growing_classes.front();
    what = fastest.tag.empty()
               ? fastest.class_name
               : absl::StrCat(fastest.class_name, " [", fastest.tag, "]");
    bytes_per_hour = fastest.bytes_per_hour;
  }
  return absl::StrFormat("%s grows by %.0f bytes an hour", what,
                         bytes_per_hour);
}

void ObserveLeak(const LeakVerdict& verdict, HeapObservation* observation) {
  observation->leak_suspected = verdict.state == LeakState::kSuspected;
  if (observation->leak_suspected) {
    observation->leak_reason = ReasonOf(verdict);
  }
  if (verdict.state != LeakState::kTooEarly) {
    observation->growth_bytes_per_hour = verdict.live_bytes.slope_per_hour();
  }
}

}  // namespace

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
  ObserveLeak(hosted.leak_verdict(), &observation);
  return observation;
}

}  // namespace heapd::server
