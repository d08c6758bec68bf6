#ifndef HEAPD_SERVER_SERVICE_OBJECT_CALL_H_
#define HEAPD_SERVER_SERVICE_OBJECT_CALL_H_

#include <grpcpp/server_context.h>
#include <grpcpp/support/server_callback.h>

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "heap/base/error.h"
#include "heap/base/status_macros.h"
#include "server/host/admission.h"
#include "server/host/heap_call.h"
#include "server/host/hosted_heap.h"
#include "server/service/admit_request.h"
#include "server/service/call_meter.h"
#include "server/service/caller.h"
#include "server/service/method_permission.h"
#include "server/service/raw_message.h"
#include "server/service/request_head.h"
#include "server/service/service_core.h"
#include "server/service/status.h"

namespace heapd::server {

// What the code of a method has beside its request.
struct MethodContext {
  const ServiceCore& core;
  // Grow it by kAnswerCopies times its size before an answer gets large.
  Admission::Ticket& ticket;
};

// A unary method of ObjectService is a struct:
//
//   struct ReadObjectMethod {
//     using Request = v1::ReadObjectRequest;
//     using Response = v1::ReadObjectResponse;
//     // What can be said without the heap.
//     static absl::Status Check(const Request& request,
//                               const MethodContext& context);
//     // With the heap's lane; `response` is empty.
//     static absl::Status Run(const Request& request,
//                             const MethodContext& context,
//                             HeapAccess& access, Response* response);
//     // Optional: how much a call is worth; CallClass::kAllocate without. Of
//     // a batch, its operations tell.
//     static constexpr CallClass kClass = CallClass::kRead;
//     // Optional: whether it can take longer than about a millisecond.
//     static bool IsLong(const Request& request);
//     // Optional: where a call's messages are; see OwnMessages.
//     class Messages;
//   };

// The messages of one call, made for it.
template <typename Method>
class OwnMessages {
 public:
  explicit OwnMessages(const ServiceCore&) {}
  typename Method::Request& request() { return request_; }
  typename Method::Response& response() { return response_; }

 private:
  typename Method::Request request_;
  typename Method::Response response_;
};

template <typename Method>
struct MessagesOf {
  using Type = OwnMessages<Method>;
};
template <typename Method>
requires requires { typename Method::Messages; }
struct MessagesOf<Method> {
  using Type = typename Method::Messages;
};

// The session that a request renews; 0 where the method has none.
template <typename Request>
SessionId SessionOf(const Request& request) {
  if constexpr (requires { request.session(); }) return request.session();
  return 0;
}

// The class of a request.
template <typename Method>
CallClass ClassOf(const RequestHead& head) {
  if constexpr (requires { Method::kClass; }) return Method::kClass;
  return head.batch_class();
}

// Limits the field and sets terms->request_id. INVALID_ARGUMENT.
absl::Status TakeRequestId(const std::string& request_id, CallTerms* terms);

// The deadline of an RPC.
absl::Time DeadlineOf(const grpc::ServerContextBase& context);

// One call of a unary method on the data plane: reactor, heap call, request and
// response in one. gRPC owns it from Start() to OnDone().
template <typename Method>
class ObjectCall final : public grpc::ServerUnaryReactor, private HeapCall {
 public:
  static grpc::ServerUnaryReactor* Start(const ServiceCore& core,
                                         grpc::CallbackServerContext* context,
                                         const grpc::ByteBuffer* request,
                                         grpc::ByteBuffer* response) {
    auto* const call = new ObjectCall(core, context, response);
    call->Begin(*request);
    return call;
  }

 private:
  ObjectCall(const ServiceCore& core, grpc::CallbackServerContext* context,
             grpc::ByteBuffer* raw_response)
      : core_(core),
        context_(context),
        raw_response_(raw_response),
        metered_(core.meter, PermissionOf<typename Method::Request>()),
        caller_(core),
        messages_(core),
        request_(messages_.request()),
        response_(messages_.response()) {}

  void Begin(const grpc::ByteBuffer& raw_request) {
    std::shared_ptr<HostedHeap> hosted;
    const absl::Status status = Prepare(raw_request, &hosted);
    if (!status.ok()) {
      Complete(status);
      return;
    }
    HostedHeap::Submit(hosted, this, IsLong() ? hosted->long_pool() : nullptr);
  }

  absl::Status Prepare(const grpc::ByteBuffer& raw_request,
                       std::shared_ptr<HostedHeap>* hosted) {
    using Request = typename Method::Request;
    HEAPD_RETURN_IF_ERROR(core_.drain->Check());
    terms().deadline = DeadlineOf(*context_);
    HEAPD_RETURN_IF_ERROR(CheckArrival(core_, *context_, terms().deadline));
    HEAPD_RETURN_IF_ERROR(caller_.Identify(*context_));
    const RequestHead head =
        RequestHead::Read(raw_request, HeadFieldsOf<Request>());
    // Who may not call costs no parsing, and learns nothing of the load.
    if (!head.heap().empty()) HEAPD_RETURN_IF_ERROR(Enter(head.heap()));
    terms().call_class = ClassOf<Method>(head);
    HEAPD_RETURN_IF_ERROR(
        AdmitRequest(core_, terms().call_class, raw_request.Length(),
                     {head.heap(), head.session()}, &ticket_, hosted));
    HEAPD_RETURN_IF_ERROR(ParseRaw(raw_request, &request_));
    HEAPD_RETURN_IF_ERROR(CheckPermission(head.heap()));
    terms().session = SessionOf(request_);
    if constexpr (requires { request_.request_id(); }) {
      HEAPD_RETURN_IF_ERROR(TakeRequestId(request_.request_id(), &terms()));
      if (!terms().request_id.empty()) {
        terms().fingerprint = Fingerprint(request_.GetTypeName(), raw_request);
      }
    }
    HEAPD_RETURN_IF_ERROR(
        Method::Check(request_, MethodContext{core_, ticket_}));
    return ConfirmOwner(core_, terms().call_class, raw_request.Length(),
                        head.session(), {request_.heap(), terms().session},
                        &ticket_, hosted);
  }

  absl::Status Enter(absl::string_view heap) {
    return caller_.Enter(heap, PermissionOf<typename Method::Request>());
  }

  // After the request was parsed. What it said of itself before may have been
  // wrong, by mistake or not.
  absl::Status CheckPermission(absl::string_view believed_heap) {
    if (believed_heap.empty() || request_.heap() != believed_heap) {
      HEAPD_RETURN_IF_ERROR(Enter(request_.heap()));
    }
    if constexpr (requires { request_.batch(); }) {
      return caller_.CheckBatch(request_.batch());
    }
    return absl::OkStatus();
  }

  bool IsLong() const {
    if constexpr (requires { Method::IsLong(request_); }) {
      return Method::IsLong(request_);
    }
    return false;
  }

  absl::Status Execute(HeapAccess& access) override {
    response_.Clear();
    return Method::Run(request_, MethodContext{core_, ticket_}, access,
                       &response_);
  }

  std::string Answer() override { return response_.SerializeAsString(); }

  void Replay(const std::string& answer) override {
    SetRaw(answer, raw_response_);
    replayed_ = true;
  }

  void Complete(const absl::Status& status) override {
    if (status.ok()) SetAnswer();
    metered_.End(status.code());
    // This may be gone afterwards.
    grpc::ServerUnaryReactor::Finish(ToGrpcStatus(status));
  }

  // What the answer takes stays counted until gRPC has given its bytes away,
  // which it tells by OnDone(): a client that does not read keeps the ticket.
  void SetAnswer() {
    if (!replayed_) SerializeRaw(response_, raw_response_);
    const uint64_t bytes = raw_response_->Length();
    CountAnswer(bytes, &ticket_);
    if (bytes < kLargeAnswerBytes) return;
    typename Method::Response empty;
    response_.Swap(&empty);
  }

  bool IsCancelled() const override { return context_->IsCancelled(); }

  void OnDone() override { delete this; }

  // Lets gRPC call OnDone() at once instead of waking an executor's thread for
  // it, one more context switch per call. What it asks for holds: OnDone() and
  // OnCancel() do little and no lock is held when a call finishes.
  bool InternalInlineable() override { return true; }

  const ServiceCore& core_;
  grpc::CallbackServerContext* const context_;
  grpc::ByteBuffer* const raw_response_;
  const MeteredCall metered_;
  Caller caller_;
  Admission::Ticket ticket_;
  typename MessagesOf<Method>::Type messages_;
  typename Method::Request& request_;
  typename Method::Response& response_;
  bool replayed_ = false;
};

}  // namespace heapd::server

#endif  // HEAPD_SERVER_SERVICE_OBJECT_CALL_H_
