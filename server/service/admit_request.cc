#include "server/service/admit_request.h"

#include <utility>

#include "absl/status/statusor.h"
#include "heap/base/status_macros.h"

namespace heapd::server {

absl::Status CheckArrival(const ServiceCore& core,
                          const grpc::ServerContextBase& context,
                          absl::Time deadline) {
  if (!core.heed_deadlines) return absl::OkStatus();
  if (deadline != absl::InfiniteFuture() && deadline < absl::Now()) {
    core.counters->Expired(DropPoint::kArrival);
    return absl::DeadlineExceededError("the call came past its deadline");
  }
  if (context.IsCancelled()) {
    core.counters->Cancelled(DropPoint::kArrival);
    return absl::CancelledError("the caller left");
  }
  return absl::OkStatus();
}

absl::Status AdmitRequest(const ServiceCore& core, CallClass call_class,
                          uint64_t request_bytes, const RequestOwner& owner,
                          Admission::Ticket* ticket,
                          std::shared_ptr<HostedHeap>* hosted) {
  CallParties parties;
  if (!owner.heap.empty()) {
    absl::StatusOr<std::shared_ptr<HostedHeap>> found =
        core.registry->Find(owner.heap);
    if (found.ok()) {
      *hosted = *std::move(found);
      parties = (*hosted)->Parties(owner.session);
    }
  }
  return core.calls->Admit(call_class, kRequestCopies * request_bytes, parties,
                           ticket);
}

absl::Status ConfirmOwner(const ServiceCore& core, CallClass call_class,
                          uint64_t request_bytes, uint64_t believed_session,
                          const RequestOwner& owner, Admission::Ticket* ticket,
                          std::shared_ptr<HostedHeap>* hosted) {
  if (*hosted != nullptr && (*hosted)->id() == owner.heap &&
      believed_session == owner.session) {
    return absl::OkStatus();
  }
  HEAPD_ASSIGN_OR_RETURN(*hosted, core.registry->Find(owner.heap));
  ticket->Release();
  return core.calls->Admit(call_class, kRequestCopies * request_bytes,
                           (*hosted)->Parties(owner.session), ticket);
}

void CountAnswer(uint64_t answer_bytes, Admission::Ticket* ticket) {
  if (answer_bytes < ticket->growth()) {
    ticket->ShrinkGrowth(answer_bytes);
  } else if (answer_bytes >= kSmallAnswerBytes) {
    ticket->GrowAnyway(answer_bytes - ticket->growth());
  }
}

}  // namespace heapd::server
