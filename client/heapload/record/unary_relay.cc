#include "client/heapload/record/unary_relay.h"

#include <utility>

#include "client/heapload/record/wire.h"

namespace heapd::heapload {

UnaryRelay::UnaryRelay(RelayCore* core,
                       grpc::GenericCallbackServerContext* context,
                       MethodTraits traits)
    : core_(*core), context_(*context), traits_(traits) {
  CopyToDaemon(context_, &to_daemon_);
  StartRead(&request_);
}

void UnaryRelay::OnReadDone(bool ok) {
  if (!ok) {
    Finish(grpc::Status(grpc::StatusCode::CANCELLED, "no request came"));
    return;
  }
  if (traits_.mutates && core_.order == RelayOrder::kOneAtATime) {
    gated_heap_ = HeapInBytes(request_);
  }
  if (gated_heap_.empty()) {
    Forward();
  } else {
    core_.gate.Enter(gated_heap_, [this] { Forward(); });
  }
}

void UnaryRelay::Forward() {
  if (traits_.recorded) start_ = core_.recorder->Begin();
  core_.stub.UnaryCall(&to_daemon_, context_.method(), grpc::StubOptions(),
                       &request_, &response_,
                       [this](grpc::Status status) { Answered(status); });
}

void UnaryRelay::Answered(const grpc::Status& status) {
  if (traits_.recorded) Record(status);
  if (!gated_heap_.empty()) core_.gate.Leave(gated_heap_);
  CopyInitialMetadata(to_daemon_, &context_);
  CopyTrailingMetadata(to_daemon_, &context_);
  if (status.ok()) {
    StartWriteAndFinish(&response_, grpc::WriteOptions(), status);
  } else {
    Finish(status);
  }
}

void UnaryRelay::Record(const grpc::Status& status) {
  ObservedCall call;
  call.method = context_.method();
  call.start = start_;
  call.request = std::move(request_);
  if (status.ok()) call.response = response_;
  call.status = status;
  core_.recorder->End(std::move(call));
}

}  // namespace heapd::heapload
