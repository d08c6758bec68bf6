#include "server/service/collection_stream.h"

#include "heap/base/status_macros.h"
#include "server/service/convert.h"
#include "server/service/method_permission.h"
#include "server/service/raw_message.h"
#include "server/service/status.h"

namespace heapd::server {

CollectionStream* CollectionStream::Start(
    const ServiceCore& core, const grpc::CallbackServerContext& context,
    const grpc::ByteBuffer& request) {
  auto* const stream = new CollectionStream(core, context);
  const absl::Status status = stream->Begin(request);
  if (status.ok()) {
    // The caller sees that it watches before anything happens.
    stream->StartSendInitialMetadata();
    stream->Continue();
  } else {
    stream->End(status);
  }
  return stream;
}

CollectionStream::CollectionStream(const ServiceCore& core,
                                   const grpc::CallbackServerContext& context)
    : core_(core),
      context_(context),
      metered_(core.meter, PermissionOf<v1::WatchCollectionsRequest>()),
      caller_(core),
      watch_(std::make_shared<CollectionWatch>([this] { Continue(); })) {}

absl::Status CollectionStream::Begin(const grpc::ByteBuffer& request) {
  v1::WatchCollectionsRequest message;
  HEAPD_RETURN_IF_ERROR(ParseRaw(request, &message));
  heap_ = message.heap();
  HEAPD_RETURN_IF_ERROR(CheckPermission());
  HEAPD_ASSIGN_OR_RETURN(const absl::optional<CollectionKind> kind,
                         FromMessage(message.kind()));
  if (kind.has_value()) watch_->Only(*kind);
  HEAPD_ASSIGN_OR_RETURN(hosted_, core_.registry->Find(message.heap()));
  HEAPD_RETURN_IF_ERROR(
      slot_.Take(core_.collection_watchers, core_.max_watchers));
  if (!core_.drain->Add(this)) return Draining();
  hosted_->AddWatch(watch_);
  return absl::OkStatus();
}

absl::Status CollectionStream::CheckPermission() {
  HEAPD_RETURN_IF_ERROR(caller_.Identify(context_));
  return caller_.Enter(heap_, PermissionOf<v1::WatchCollectionsRequest>());
}

void CollectionStream::Continue() {
  absl::Status end;
  {
    absl::MutexLock lock(&mu_);
    if (writing_ || ended_) return;
    // Looked at before the events: none comes after it.
    end = end_.ok() ? watch_->closed() : end_;
    auto event = watch_->Take();
    if (event.has_value()) {
      if (const absl::Status permitted = CheckPermission(); !permitted.ok()) {
        end = permitted;
        event.reset();
      }
    }
    if (event.has_value()) {
      v1::WatchCollectionsResponse response;
      *response.mutable_collection() = ToMessage(event->collection);
      response.set_dropped(event->dropped);
      raw_response_.Clear();
      SerializeRaw(response, &raw_response_);
      writing_ = true;
      StartWrite(&raw_response_);
      return;
    }
    if (end.ok()) return;
    ended_ = true;
  }
  metered_.EndStream(end.code());
  Finish(ToGrpcStatus(end));
}

void CollectionStream::OnWriteDone(bool ok) {
  {
    absl::MutexLock lock(&mu_);
    writing_ = false;
  }
  if (!ok) {
    End(absl::CancelledError("the caller left"));
    return;
  }
  Continue();
}

void CollectionStream::End(const absl::Status& status) {
  {
    absl::MutexLock lock(&mu_);
    if (end_.ok()) end_ = status;
    // A write in flight is finished first; OnWriteDone() comes back here.
    if (writing_ || ended_) return;
    ended_ = true;
  }
  metered_.EndStream(status.code());
  Finish(ToGrpcStatus(status));
}

void CollectionStream::OnCancel() {
  End(absl::CancelledError("the caller left"));
}

void CollectionStream::OnDrain() { End(Draining()); }

void CollectionStream::OnDone() {
  core_.drain->Remove(this);
  if (hosted_ != nullptr) hosted_->RemoveWatch(watch_.get());
  watch_->Detach();
  delete this;
}

}  // namespace heapd::server
