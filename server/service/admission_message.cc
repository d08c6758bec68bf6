#include "server/service/admission_message.h"

#include <string>

namespace heapd::server {
namespace {

void SetInFlight(int64_t calls, uint64_t bytes, const WorkBounds& bounds,
                 v1::WorkInFlight* message) {
  message->set_call_count(static_cast<uint64_t>(calls));
  message->set_bytes(bytes);
  message->set_max_call_count(static_cast<uint64_t>(bounds.calls));
  message->set_max_bytes(bounds.bytes);
}

std::string ClassName(size_t number) {
  return std::string(NameOf(static_cast<CallClass>(number)));
}

}  // namespace

v1::AdmissionStats ToMessage(const Admission& daemon,
                             const AdmissionCounters::Figures& figures,
                             const InFlight& heap) {
  v1::AdmissionStats stats;
  SetInFlight(daemon.calls(), daemon.bytes(), daemon.limits().daemon,
              stats.mutable_daemon());
  stats.mutable_daemon()->set_peak_call_count(
      static_cast<uint64_t>(daemon.peak_calls()));
  stats.mutable_daemon()->set_peak_bytes(daemon.peak_bytes());
  SetInFlight(heap.calls(), heap.bytes(), daemon.limits().heap,
              stats.mutable_heap());
  for (size_t i = 0; i < kCallClassCount; ++i) {
    v1::AdmittedCalls* const admitted = stats.add_admitted();
    admitted->set_call_class(ClassName(i));
    admitted->set_call_count(figures.admitted[i]);
  }
  for (size_t reason = 0; reason < kRefusalReasonCount; ++reason) {
    for (size_t i = 0; i < kCallClassCount; ++i) {
      if (figures.refused[reason][i] == 0) continue;
      v1::RefusedCalls* const refused = stats.add_refused();
      refused->set_reason(
          std::string(NameOf(static_cast<RefusalReason>(reason))));
      refused->set_call_class(ClassName(i));
      refused->set_call_count(figures.refused[reason][i]);
    }
  }
  for (size_t point = 0; point < kDropPointCount; ++point) {
    if (figures.expired[point] == 0 && figures.cancelled[point] == 0) continue;
    v1::DroppedCalls* const dropped = stats.add_dropped();
    dropped->set_point(std::string(NameOf(static_cast<DropPoint>(point))));
    dropped->set_expired_count(figures.expired[point]);
    dropped->set_cancelled_count(figures.cancelled[point]);
  }
  return stats;
}

}  // namespace heapd::server
