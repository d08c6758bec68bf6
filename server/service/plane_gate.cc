#include "server/service/plane_gate.h"

#include "heap/base/status_macros.h"
#include "server/host/call_class.h"

namespace heapd::server {

absl::Status PlaneGate::Admit(Tickets* tickets) {
  HEAPD_RETURN_IF_ERROR(drain_.Check());
  HEAPD_RETURN_IF_ERROR(
      plane_.Admit(CallClass::kAdminister, 0, CallParties(), &tickets->plane));
  if (daemon_ == nullptr) return absl::OkStatus();
  return daemon_->Admit(CallClass::kAdminister, 0, CallParties(),
                        &tickets->daemon);
}

}  // namespace heapd::server
