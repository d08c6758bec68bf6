#ifndef HEAPD_SERVER_SERVICE_ADMIT_REQUEST_H_
#define HEAPD_SERVER_SERVICE_ADMIT_REQUEST_H_

#include <grpcpp/server_context.h>

#include <cstdint>
#include <memory>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "server/host/admission.h"
#include "server/host/call_class.h"
#include "server/host/hosted_heap.h"
#include "server/service/service_core.h"

namespace heapd::server {

// What a request takes while it is worked on: its bytes and the message.
inline constexpr uint64_t kRequestCopies = 2;
// What an answer takes before it is sent: the message and its bytes.
inline constexpr uint64_t kAnswerCopies = 2;
// An answer below this is not counted; it is part of what any call takes.
inline constexpr uint64_t kSmallAnswerBytes = uint64_t{4} << 10;
// Messages over this are freed as soon as their bytes are made.
inline constexpr uint64_t kLargeAnswerBytes = uint64_t{256} << 10;

// DEADLINE_EXCEEDED or CANCELLED for a call that nobody waits for any more,
// before anything was done for it.
absl::Status CheckArrival(const ServiceCore& core,
                          const grpc::ServerContextBase& context,
                          absl::Time deadline);

// Whom a request belongs to.
struct RequestOwner {
  absl::string_view heap;
  uint64_t session = 0;
};

// Takes a ticket for a request of that many bytes and finds its heap, which
// stays null if there is none: that is no matter for admission. OVERLOADED.
absl::Status AdmitRequest(const ServiceCore& core, CallClass call_class,
                          uint64_t request_bytes, const RequestOwner& owner,
                          Admission::Ticket* ticket,
                          std::shared_ptr<HostedHeap>* hosted);

// After the request was parsed: finds its heap if AdmitRequest() could not.
// What it said of itself before may have been wrong, by mistake or not: then it
// is counted anew. OVERLOADED, errors of HeapRegistry::Find().
absl::Status ConfirmOwner(const ServiceCore& core, CallClass call_class,
                          uint64_t request_bytes, uint64_t believed_session,
                          const RequestOwner& owner, Admission::Ticket* ticket,
                          std::shared_ptr<HostedHeap>* hosted);

// Counts an answer that is to be sent with what its bytes are, no more and no
// less, until the ticket is released.
void CountAnswer(uint64_t answer_bytes, Admission::Ticket* ticket);

}  // namespace heapd::server

#endif  // HEAPD_SERVER_SERVICE_ADMIT_REQUEST_H_
