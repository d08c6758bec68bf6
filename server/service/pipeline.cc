#include "server/service/pipeline.h"

#include <utility>

#include "heap/base/error.h"
#include "heap/base/status_macros.h"
#include "server/host/hosted_heap.h"
#include "server/service/batch_message.h"
#include "server/service/method_permission.h"
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
  absl::Status admitted = caller_.Identify(*context_);
  if (admitted.ok()) {
    admitted = core_.streams->Admit(CallClass::kAdminister, 0, CallParties(),
                                    &stream_ticket_);
  }
  if (!admitted.ok()) {
    flow_.Stop(admitted);
  } else if (!core_.drain->Add(this)) {
    flow_.Stop(Draining());
  }
  Advance();
}

void Pipeline::Advance() {
  if (!flow_.BeginAdvancing()) return;
  using Action = PipelineFlow::Action;
  while (true) {
    const PipelineFlow::Step step = flow_.Next();
    switch (step.action) {
      case Action::kWork:
        Work(&pending_[step.place]);
        break;
      case Action::kWrite:
        Write(step);
        break;
      case Action::kRead:
        StartRead(&raw_next_);
        break;
      case Action::kFinish:
        End();
        return;
      case Action::kNone:
        return;
    }
  }
}

void Pipeline::OnReadDone(bool ok) {
  if (ok) {
    flow_.RequestArrived(raw_next_.Length());
  } else {
    flow_.RequestsEnded();
  }
  Advance();
}

void Pipeline::Work(Pending* pending) {
  working_on_ = pending;
  std::swap(raw_request_, raw_next_);
  metered_.Begin();
  if (const absl::Status known = caller_.Identify(*context_); !known.ok()) {
    flow_.Stop(known);
    flow_.AnswerDropped();
    return;
  }
  if (flow_.BeginReadAhead()) StartRead(&raw_next_);
  std::shared_ptr<HostedHeap> hosted;
  const absl::Status status = Prepare(&hosted);
  if (status.ok()) {
    HostedHeap::Submit(hosted, this);
  } else {
    Complete(status);
  }
}

absl::Status Pipeline::Prepare(std::shared_ptr<HostedHeap>* hosted) {
  terms() = CallTerms();
  terms().deadline = DeadlineOf(*context_);
  HEAPD_RETURN_IF_ERROR(CheckArrival(core_, *context_, terms().deadline));
  const RequestHead head =
      RequestHead::Read(raw_request_, HeadFieldsOf<v1::PipelineRequest>());
  // Even a request that is refused says whose those after it are.
  Remember(head.heap(), head.session());
  entered_heap_.clear();
  if (!heap_.empty()) HEAPD_RETURN_IF_ERROR(Enter());
  const uint64_t believed_session = session_;
  terms().call_class = head.batch_class();
  const uint64_t bytes = raw_request_.Length();
  HEAPD_RETURN_IF_ERROR(AdmitRequest(core_, terms().call_class, bytes,
                                     {heap_, session_}, &working_on_->ticket,
                                     hosted));
  HEAPD_RETURN_IF_ERROR(Read());
  return ConfirmOwner(core_, terms().call_class, bytes, believed_session,
                      {heap_, session_}, &working_on_->ticket, hosted);
}

absl::Status Pipeline::Enter() {
  entered_heap_ = heap_;
  return caller_.Enter(heap_, PermissionOf<v1::PipelineRequest>());
}

void Pipeline::Remember(absl::string_view heap, SessionId session) {
  if (!heap.empty() && heap != heap_) {
    heap_ = std::string(heap);
    // A session belongs to one heap.
    session_ = 0;
  }
  if (session != 0) session_ = session;
}

absl::Status Pipeline::Read() {
  HEAPD_RETURN_IF_ERROR(ParseRaw(raw_request_, &request_));
  Remember(request_.heap(), request_.session());
  if (heap_.empty() || heap_ != entered_heap_) HEAPD_RETURN_IF_ERROR(Enter());
  HEAPD_RETURN_IF_ERROR(caller_.CheckBatch(request_.batch()));
  CallTerms& call = terms();
  call.session = session_;
  HEAPD_RETURN_IF_ERROR(TakeRequestId(request_.request_id(), &call));
  if (!call.request_id.empty()) {
    call.fingerprint = FingerprintOfRequest();
  }
  if (!request_.has_batch()) return InvalidField("batch", "is required");
  return absl::OkStatus();
}

uint64_t Pipeline::FingerprintOfRequest() {
  const bool is_whole =
      !request_.heap().empty() && request_.session() == session_;
  if (is_whole) return Fingerprint(request_.GetTypeName(), raw_request_);
  // A retry on another stream has to name what this one could leave out.
  request_.set_heap(heap_);
  request_.set_session(session_);
  grpc::ByteBuffer whole;
  SerializeRaw(request_, &whole);
  return Fingerprint(request_.GetTypeName(), whole);
}

absl::Status Pipeline::Execute(HeapAccess& access) {
  response_.Clear();
  MessageResultSink sink(response_.mutable_result(), &working_on_->ticket);
  BatchView batch = ViewOf(request_.batch());
  batch.tag = request_.tag();
  access.heap.Safepoint(batch.allocation_bytes());
  HEAPD_RETURN_IF_ERROR(access.heap.Apply(session_, batch, &sink));
  CountAnswer(kAnswerCopies * AnswerBytes(response_.result()),
              &working_on_->ticket);
  return absl::OkStatus();
}

std::string Pipeline::Answer() { return response_.SerializeAsString(); }

void Pipeline::Replay(const std::string& answer) {
  response_.ParseFromString(answer);
}

void Pipeline::Complete(const absl::Status& status) {
  metered_.End(status.code());
  if (!status.ok()) *response_.mutable_error() = ToRpcStatus(status);
  working_on_->answer.Clear();
  SerializeRaw(response_, &working_on_->answer);
  const size_t bytes = working_on_->answer.Length();
  FreeLarge(bytes);
  const PipelineFlow::Step step = flow_.AnswerReady(bytes);
  if (step.action == PipelineFlow::Action::kWrite) Write(step);
}

void Pipeline::Write(const PipelineFlow::Step& step) {
  writing_ = &pending_[step.place];
  grpc::WriteOptions options;
  if (step.more_follows) options.set_buffer_hint();
  StartWrite(&writing_->answer, options);
}

void Pipeline::FreeLarge(size_t answer_bytes) {
  if (raw_request_.Length() >= kLargeAnswerBytes) {
    raw_request_.Clear();
    v1::PipelineRequest().Swap(&request_);
  }
  if (answer_bytes >= kLargeAnswerBytes) {
    v1::PipelineResponse().Swap(&response_);
  }
}

void Pipeline::OnWriteDone(bool ok) {
  writing_->ticket.Release();
  if (writing_->answer.Length() >= kLargeAnswerBytes) writing_->answer.Clear();
  if (!ok) flow_.Break(absl::CancelledError("the caller left"));
  flow_.AnswerWritten();
  Advance();
}

void Pipeline::End() {
  const absl::Status status = flow_.end_status();
  // One that ends well is told of by its requests.
  if (!status.ok()) metered_.EndStream(status.code());
  Finish(ToGrpcStatus(status));
}

void Pipeline::OnDrain() {
  flow_.Stop(Draining());
  Advance();
}

void Pipeline::OnDone() {
  core_.drain->Remove(this);
  delete this;
}

}  // namespace heapd::server
