#ifndef HEAPD_SERVER_SERVICE_PLANE_GATE_H_
#define HEAPD_SERVER_SERVICE_PLANE_GATE_H_

#include <cstdint>

#include "absl/status/status.h"
#include "server/host/admission.h"
#include "server/service/drain.h"

namespace heapd::server {

// What a call of a synchronous service passes before its request is read.
//
// Such a call holds a thread of its plane while it waits, so each plane takes a
// bounded number, well below its threads: gRPC's own refusal, for want of a
// thread, has no time to retry, and would hit health checks too. On the data
// plane they are part of what the daemon has in flight. Thread-safe.
class PlaneGate {
 public:
  // What one call holds. Thread-compatible.
  struct Tickets {
    Admission::Ticket plane;
    Admission::Ticket daemon;
  };

  // `daemon` is null on the operations plane, which the data plane's load does
  // not reach. All outlive the gate.
  PlaneGate(const Drain* drain, int64_t max_calls, Admission* daemon,
            AdmissionCounters* counters)
      : drain_(*drain),
        plane_({.daemon = {max_calls, WorkBounds::kMaxBytes},
                .heap = {},
                .session = {}},
               daemon == nullptr ? counters : nullptr),
        daemon_(daemon) {}

  // OVERLOADED, DRAINING.
  absl::Status Admit(Tickets* tickets);

 private:
  const Drain& drain_;
  Admission plane_;
  Admission* const daemon_;
};

}  // namespace heapd::server

#endif  // HEAPD_SERVER_SERVICE_PLANE_GATE_H_
