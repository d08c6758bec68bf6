#include "server/service/pipeline.h"

#include <utility>

#include "heap/base/error.h"
#include "heap/base/status_macros.h"
#include "server/host/hosted_heap.h"
#include "server/service/batch_message.h"
#include "server/service/object_call.h"
#include "server/service/raw_message.h"
#include "server/service/status.h"

namespace heapd::server {

Pipeline* Pipeline::Start(const ServiceCore& core,
                          grpc::CallbackServerContext* context) {
  auto* const pipeline = new Pipeline(core, context);
  pipeline->Begin();
  return pipeline;
}

void Pipeline::Begin() {
  const absl::Status admitted = core_.streams->Admit(0, &stream_ticket_);
  if (!admitted.ok()) {
    End(admitted);
  } else if (!core_.drain->Add(this)) {
    End(Draining());
  } else {
    ReadNext();
  }
}

void Pipeline::ReadNext() {
  {
    absl::MutexLock lock(&mu_);
    if (ended_) return;
    if (!draining_) {
      reading_ = true;
      StartRead(&raw_request_);
      return;
    }
  }
  End(Draining());
}

void Pipeline::OnReadDone(bool ok) {
  {
    absl::MutexLock lock(&mu_);
    reading_ = false;
    if (ended_) return;
  }
  if (!ok) {
    End(absl::OkStatus());
    return;
  }
  std::shared_ptr<HostedHeap> hosted;
  const absl::Status status = Prepare(&hosted);
  if (status.ok()) {
    HostedHeap::Submit(hosted, this);
  } else {
    Complete(status);
  }
}

absl::Status Pipeline::Prepare(std::shared_ptr<HostedHeap>* hosted) {
  // The bytes and the message made of them.
  HEAPD_RETURN_IF_ERROR(
      core_.calls->Admit(2 * raw_request_.Length(), &batch_ticket_));
  HEAPD_RETURN_IF_ERROR(Read());
  HEAPD_ASSIGN_OR_RETURN(*hosted, core_.registry->Find(heap_));
  return absl::OkStatus();
}

absl::Status Pipeline::Read() {
  HEAPD_RETURN_IF_ERROR(ParseRaw(raw_request_, &request_));
  if (!request_.heap().empty() && request_.heap() != heap_) {
    heap_ = request_.heap();
    // A session belongs to one heap.
    session_ = 0;
  }
  if (request_.session() != 0) session_ = request_.session();
  CallTerms& call = terms();
  call = CallTerms();
  call.session = session_;
  call.deadline = DeadlineOf(*context_);
  HEAPD_RETURN_IF_ERROR(TakeRequestId(request_.request_id(), &call));
  if (!call.request_id.empty()) {
    call.fingerprint = Fingerprint(request_.GetTypeName(), raw_request_);
  }
  if (!request_.has_batch()) return InvalidField("batch", "is required");
  return absl::OkStatus();
}

absl::Status Pipeline::Execute(HeapAccess& access) {
  response_.Clear();
  MessageResultSink sink(response_.mutable_result());
  const BatchView batch = ViewOf(request_.batch());
  access.heap.Safepoint(batch.allocation_bytes());
  HEAPD_RETURN_IF_ERROR(access.heap.Apply(session_, batch, &sink));
  batch_ticket_.GrowAnyway(response_.result().payloads().size());
  return absl::OkStatus();
}

std::string Pipeline::Answer() { return response_.SerializeAsString(); }

void Pipeline::Replay(const std::string& answer) {
  response_.ParseFromString(answer);
}

void Pipeline::Complete(const absl::Status& status) {
  if (!status.ok()) *response_.mutable_error() = ToRpcStatus(status);
  // Before the next read this stream changes nothing in here.
  raw_response_.Clear();
  SerializeRaw(response_, &raw_response_);
  StartWrite(&raw_response_);
}

void Pipeline::OnWriteDone(bool ok) {
  batch_ticket_.Release();
  if (!ok) {
    End(absl::CancelledError("the caller left"));
    return;
  }
  ReadNext();
}

void Pipeline::End(const absl::Status& status) {
  {
    absl::MutexLock lock(&mu_);
    if (ended_) return;
    ended_ = true;
  }
  Finish(ToGrpcStatus(status));
}

void Pipeline::OnDrain() {
  {
    absl::MutexLock lock(&mu_);
    draining_ = true;
    // After its answer the stream ends by itself.
    if (!reading_ || ended_) return;
    ended_ = true;
  }
  Finish(ToGrpcStatus(Draining()));
}

void Pipeline::OnDone() {
  core_.drain->Remove(this);
  delete this;
}

}  // namespace heapd::server
