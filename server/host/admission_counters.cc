#include "server/host/admission_counters.h"

namespace heapd::server {

absl::string_view NameOf(RefusalReason reason) {
  switch (reason) {
    case RefusalReason::kDaemonCalls:
      return "daemon_calls";
    case RefusalReason::kDaemonBytes:
      return "daemon_bytes";
    case RefusalReason::kHeapCalls:
      return "heap_calls";
    case RefusalReason::kHeapBytes:
      return "heap_bytes";
    case RefusalReason::kSessionCalls:
      return "session_calls";
    case RefusalReason::kSessionBytes:
      return "session_bytes";
    case RefusalReason::kQueueTooLong:
      return "queue_too_long";
    case RefusalReason::kQueueFull:
      return "queue_full";
  }
  return "";
}

absl::string_view NameOf(DropPoint point) {
  switch (point) {
    case DropPoint::kArrival:
      return "arrival";
    case DropPoint::kQueue:
      return "queue";
    case DropPoint::kAfterMemoryWait:
      return "after_memory_wait";
  }
  return "";
}

AdmissionCounters::Figures AdmissionCounters::Read() const {
  const auto copy = [](const auto& from, auto& to) {
    for (size_t i = 0; i < from.size(); ++i) {
      to[i] = from[i].load(std::memory_order_relaxed);
    }
  };
  Figures figures;
  copy(admitted_, figures.admitted);
  for (size_t i = 0; i < refused_.size(); ++i) {
    copy(refused_[i], figures.refused[i]);
  }
  copy(expired_, figures.expired);
  copy(cancelled_, figures.cancelled);
  return figures;
}

}  // namespace heapd::server
