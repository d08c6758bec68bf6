#include "client/heapload/record/stream_relay.h"

#include <utility>

#include "client/heapload/record/wire.h"

namespace heapd::heapload {

grpc::ServerGenericBidiReactor* StreamRelay::Start(
    RelayCore* core, grpc::GenericCallbackServerContext* context,
    MethodTraits traits) {
  auto* relay = new StreamRelay(core, context, traits);
  relay->client_side_.StartRead(&relay->request_);
  relay->daemon_side_.StartCall();
  return &relay->client_side_;
}

StreamRelay::StreamRelay(RelayCore* core,
                         grpc::GenericCallbackServerContext* context,
                         MethodTraits traits)
    : core_(*core),
      context_(*context),
      traits_(traits),
      client_side_(this),
      daemon_side_(this) {
  CopyToDaemon(context_, &to_daemon_);
  if (traits_.recorded) stream_ = core_.recorder->NewStream();
  core_.stub.PrepareBidiStreamingCall(&to_daemon_, context_.method(),
                                      grpc::StubOptions(), &daemon_side_);
  // Reads and writes are begun by the client's side, for which gRPC wants a
  // hold each: one until the daemon ends, one until the client does.
  daemon_side_.AddMultipleHolds(2);
}

void StreamRelay::RequestRead(bool ok) {
  if (!ok) {
    RequestsEnded();
    return;
  }
  const std::string gated_heap = GateOf(request_);
  if (gated_heap.empty()) {
    PassRequest(gated_heap);
    return;
  }
  refs_.fetch_add(1);
  core_.gate.Enter(gated_heap, [this, gated_heap] {
    PassRequest(gated_heap);
    Unref();
  });
}

std::string StreamRelay::GateOf(const grpc::ByteBuffer& request) {
  if (!traits_.mutates || core_.order != RelayOrder::kOneAtATime) return "";
  std::string heap = HeapInBytes(request);
  if (!heap.empty()) last_heap_ = std::move(heap);
  return last_heap_;
}

void StreamRelay::PassRequest(const std::string& gated_heap) {
  bool writable = false;
  {
    absl::MutexLock lock(&mu_);
    writable = daemon_writable_;
    if (writable) {
      if (traits_.recorded) {
        pending_.push_back({core_.recorder->Begin(), request_, gated_heap});
      }
      // The other holds may go while this write is begun.
      daemon_side_.AddHold();
    }
  }
  if (!writable) {
    if (!gated_heap.empty()) core_.gate.Leave(gated_heap);
    return;
  }
  daemon_side_.StartWrite(&request_);
  daemon_side_.RemoveHold();
}

void StreamRelay::RequestWritten(bool ok) {
  // If it failed the daemon has ended the call, and says so to the other side.
  if (!ok) return;
  request_.Clear();
  client_side_.StartRead(&request_);
}

void StreamRelay::RequestsEnded() {
  bool writable = false;
  {
    absl::MutexLock lock(&mu_);
    writable = daemon_writable_;
    if (writable) daemon_side_.AddHold();
  }
  if (!writable) return;
  daemon_side_.StartWritesDone();
  daemon_side_.RemoveHold();
  CloseDaemonWrites();
}

void StreamRelay::CloseDaemonWrites() {
  {
    absl::MutexLock lock(&mu_);
    if (!daemon_writable_) return;
    daemon_writable_ = false;
  }
  daemon_side_.RemoveHold();
}

void StreamRelay::InitialMetadataRead(bool ok) {
  if (ok) {
    CopyInitialMetadata(to_daemon_, &context_);
    client_side_.StartSendInitialMetadata();
  }
  // Not before, so that no message overtakes the metadata.
  daemon_side_.StartRead(&response_);
}

void StreamRelay::ResponseRead(bool ok) {
  if (!ok) {
    CloseDaemonWrites();
    daemon_side_.RemoveHold();
    return;
  }
  if (traits_.recorded) RecordAnswer();
  client_side_.StartWrite(&response_);
}

void StreamRelay::ResponseWritten(bool ok) {
  // The client is gone, and the daemon shall know; then it ends the reading.
  if (!ok) to_daemon_.TryCancel();
  response_.Clear();
  daemon_side_.StartRead(&response_);
}

void StreamRelay::Ended(const grpc::Status& status) {
  if (traits_.recorded) RecordRest(status);
  CopyTrailingMetadata(to_daemon_, &context_);
  client_side_.Finish(status);
  Unref();
}

void StreamRelay::RecordAnswer() {
  Pending pending;
  {
    absl::MutexLock lock(&mu_);
    // An answer that nobody asked for is the daemon's mistake, not ours.
    if (pending_.empty()) return;
    pending = std::move(pending_.front());
    pending_.pop_front();
  }
  Record(std::move(pending), response_, grpc::Status::OK);
}

void StreamRelay::RecordRest(const grpc::Status& status) {
  std::deque<Pending> rest;
  {
    absl::MutexLock lock(&mu_);
    rest.swap(pending_);
  }
  const grpc::Status unanswered =
      status.ok() ? grpc::Status(grpc::StatusCode::CANCELLED, "not answered")
                  : status;
  for (Pending& pending : rest) {
    Record(std::move(pending), grpc::ByteBuffer(), unanswered);
  }
  ObservedCall end;
  end.method = context_.method();
  end.start = core_.recorder->Begin();
  end.stream = stream_;
  end.stream_ended = true;
  core_.recorder->End(std::move(end));
}

void StreamRelay::Record(Pending pending, const grpc::ByteBuffer& response,
                         const grpc::Status& status) {
  ObservedCall call;
  call.method = context_.method();
  call.start = pending.start;
  call.stream = stream_;
  call.request = std::move(pending.request);
  call.response = response;
  call.status = status;
  core_.recorder->End(std::move(call));
  if (!pending.gated_heap.empty()) core_.gate.Leave(pending.gated_heap);
}

void StreamRelay::Unref() {
  if (refs_.fetch_sub(1) == 1) delete this;
}

}  // namespace heapd::heapload
