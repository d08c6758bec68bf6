#include "server/service/snapshot_service.h"

#include <memory>
#include <string>
#include <utility>

#include "heap/base/error.h"
#include "heap/base/status_macros.h"
#include "server/base/reasons.h"
#include "server/service/check.h"
#include "server/service/object_call.h"
#include "server/service/page.h"
#include "server/service/snapshot_message.h"
#include "server/service/status.h"

namespace heapd::server {
namespace {

constexpr size_t kDefaultPage = 100;
constexpr size_t kMaxPage = 1000;
constexpr size_t kPieceBytes = size_t{256} << 10;
// A watcher hears at most ten times a second, ...
constexpr absl::Duration kWatchPace = absl::Milliseconds(100);
// ... and one that left is noticed after this, for a synchronous handler is not
// told.
constexpr absl::Duration kWatchLook = absl::Milliseconds(250);

absl::Status CheckSnapshot(const std::string& snapshot,
                           absl::string_view field) {
  if (snapshot.empty()) return InvalidField(field, "is required");
  return absl::OkStatus();
}

absl::Status CallerLeft() { return absl::CancelledError("the caller left"); }

}  // namespace

absl::Status SnapshotService::Admit(
    const grpc::ServerContext& context,
    std::shared_ptr<const Principal>* principal) const {
  HEAPD_ASSIGN_OR_RETURN(*principal, authenticator_.Authenticate(context));
  if ((*principal)->is_anonymous()) return CredentialsMissing();
  HEAPD_RETURN_IF_ERROR(core_.drain->Check());
  if (catalog_ != nullptr) return absl::OkStatus();
  return MakeError(absl::StatusCode::kFailedPrecondition,
                   reason::kStorageNotConfigured,
                   "this daemon has no storage for snapshots configured "
                   "(snapshots.directory)");
}

template <typename Request, typename Response, typename Method>
grpc::Status SnapshotService::Serve(const grpc::ServerContext& context,
                                    UnaryStreamer<Request, Response>* call,
                                    Method method) const {
  std::shared_ptr<const Principal> principal;
  PlaneGate::Tickets tickets;
  absl::Status admitted = Admit(context, &principal);
  if (admitted.ok()) admitted = gate_.Admit(&tickets);
  return ServeUnary(admitted, call,
                    [&](const Request& request, Response* response) {
                      return method(*principal, request, response);
                    });
}

absl::Status SnapshotService::Create(
    const Principal& principal, const v1::CreateSnapshotRequest& request,
    v1::CreateSnapshotResponse* response) const {
  HEAPD_RETURN_IF_ERROR(CheckLabel(request.label()));
  CallTerms terms;
  HEAPD_RETURN_IF_ERROR(TakeRequestId(request.request_id(), &terms));
  HEAPD_ASSIGN_OR_RETURN(const std::shared_ptr<HostedHeap> hosted,
                         core_.registry->Find(request.heap()));
  SnapshotOrder order;
  order.label = request.label();
  order.requested_by = principal.name;
  order.include_strings = request.include_strings();
  HEAPD_ASSIGN_OR_RETURN(
      const SnapshotRecord record,
      jobs_->Create(hosted, std::move(order), terms.request_id));
  *response->mutable_snapshot() = ToMessage(record);
  return absl::OkStatus();
}

absl::Status SnapshotService::List(const v1::ListSnapshotsRequest& request,
                                   v1::ListSnapshotsResponse* response) const {
  HEAPD_ASSIGN_OR_RETURN(const size_t page_size,
                         PageSize(request.page_size(), kDefaultPage, kMaxPage));
  if (!request.heap().empty()) {
    HEAPD_RETURN_IF_ERROR(CheckHeapId(request.heap()));
  }
  HEAPD_ASSIGN_OR_RETURN(
      SnapshotPage page,
      catalog_->List(request.heap(), page_size, request.page_token()));
  for (const SnapshotRecord& record : page.snapshots) {
    *response->add_snapshots() = ToMessage(record);
  }
  response->set_next_page_token(std::move(page.next_page_token));
  return absl::OkStatus();
}

absl::Status SnapshotService::Compare(
    const v1::CompareSnapshotsRequest& request,
    v1::CompareSnapshotsResponse* response) const {
  HEAPD_RETURN_IF_ERROR(
      CheckSnapshot(request.base_snapshot(), "base_snapshot"));
  HEAPD_RETURN_IF_ERROR(CheckSnapshot(request.snapshot(), "snapshot"));
  HEAPD_ASSIGN_OR_RETURN(
      const auto rows,
      catalog_->Compare(request.base_snapshot(), request.snapshot()));
  for (const ComparisonRow& row : rows) *response->add_rows() = ToMessage(row);
  return absl::OkStatus();
}

absl::Status SnapshotService::Watch(const grpc::ServerContext& context,
                                    WatchStreamer* call) const {
  v1::WatchSnapshotRequest request;
  if (!call->Read(&request)) return Unreadable();
  HEAPD_RETURN_IF_ERROR(CheckSnapshot(request.snapshot(), "snapshot"));
  WatcherSlot slot;
  HEAPD_RETURN_IF_ERROR(slot.Take(core_.snapshot_watchers, core_.max_watchers));
  uint64_t sent = 0;
  while (!context.IsCancelled()) {
    uint64_t version = sent;
    HEAPD_ASSIGN_OR_RETURN(
        const SnapshotRecord record,
        catalog_->AwaitChange(request.snapshot(), kWatchLook, version));
    if (version != sent) {
      v1::WatchSnapshotResponse response;
      *response.mutable_snapshot() = ToMessage(record);
      if (!call->Write(response)) return CallerLeft();
      sent = version;
    }
    if (record.state != SnapshotState::kWriting) return absl::OkStatus();
    if (core_.drain->AwaitBegin(kWatchPace)) return Draining();
  }
  return CallerLeft();
}

absl::Status SnapshotService::Download(const grpc::ServerContext& context,
                                       DownloadStreamer* call) const {
  v1::DownloadSnapshotRequest request;
  if (!call->Read(&request)) return Unreadable();
  HEAPD_RETURN_IF_ERROR(CheckSnapshot(request.snapshot(), "snapshot"));
  // One that is not read holds its thread, as a watch does.
  WatcherSlot slot;
  HEAPD_RETURN_IF_ERROR(slot.Take(core_.downloads, core_.max_watchers));
  HEAPD_ASSIGN_OR_RETURN(const std::unique_ptr<BlobReader> blob,
                         catalog_->OpenSnapshot(request.snapshot()));
  uint64_t offset = request.offset_bytes();
  if (offset > blob->size_bytes()) {
    return InvalidField("offset_bytes", "is behind the end of the file");
  }
  while (!context.IsCancelled()) {
    v1::DownloadSnapshotResponse response;
    std::string* const data = response.mutable_data();
    data->resize(kPieceBytes);
    HEAPD_ASSIGN_OR_RETURN(
        const size_t count,
        blob->Read(offset, absl::MakeSpan(data->data(), data->size())));
    if (count == 0) return absl::OkStatus();
    data->resize(count);
    offset += count;
    if (!call->Write(response)) return CallerLeft();
  }
  return CallerLeft();
}

grpc::Status SnapshotService::StreamedCreateSnapshot(
    grpc::ServerContext* context,
    UnaryStreamer<v1::CreateSnapshotRequest, v1::CreateSnapshotResponse>*
        call) {
  return Serve(
      *context, call,
      [this](const Principal& principal, const auto& request, auto* response) {
        return Create(principal, request, response);
      });
}

grpc::Status SnapshotService::StreamedGetSnapshot(
    grpc::ServerContext* context,
    UnaryStreamer<v1::GetSnapshotRequest, v1::GetSnapshotResponse>* call) {
  return Serve(
      *context, call,
      [this](const Principal&, const auto& request,
             auto* response) -> absl::Status {
        HEAPD_RETURN_IF_ERROR(CheckSnapshot(request.snapshot(), "snapshot"));
        HEAPD_ASSIGN_OR_RETURN(const SnapshotRecord record,
                               catalog_->Get(request.snapshot()));
        *response->mutable_snapshot() = ToMessage(record);
        return absl::OkStatus();
      });
}

grpc::Status SnapshotService::StreamedListSnapshots(
    grpc::ServerContext* context,
    UnaryStreamer<v1::ListSnapshotsRequest, v1::ListSnapshotsResponse>* call) {
  return Serve(*context, call,
               [this](const Principal&, const auto& request, auto* response) {
                 return List(request, response);
               });
}

grpc::Status SnapshotService::StreamedDeleteSnapshot(
    grpc::ServerContext* context,
    UnaryStreamer<v1::DeleteSnapshotRequest, v1::DeleteSnapshotResponse>*
        call) {
  return Serve(
      *context, call,
      [this](const Principal&, const auto& request, auto*) -> absl::Status {
        HEAPD_RETURN_IF_ERROR(CheckSnapshot(request.snapshot(), "snapshot"));
        return catalog_->Delete(request.snapshot());
      });
}

grpc::Status SnapshotService::StreamedCompareSnapshots(
    grpc::ServerContext* context,
    UnaryStreamer<v1::CompareSnapshotsRequest, v1::CompareSnapshotsResponse>*
        call) {
  return Serve(*context, call,
               [this](const Principal&, const auto& request, auto* response) {
                 return Compare(request, response);
               });
}

grpc::Status SnapshotService::StreamedWatchSnapshot(
    grpc::ServerContext* context, WatchStreamer* call) {
  std::shared_ptr<const Principal> principal;
  const absl::Status admitted = Admit(*context, &principal);
  return ToGrpcStatus(admitted.ok() ? Watch(*context, call) : admitted);
}

grpc::Status SnapshotService::StreamedDownloadSnapshot(
    grpc::ServerContext* context, DownloadStreamer* call) {
  std::shared_ptr<const Principal> principal;
  const absl::Status admitted = Admit(*context, &principal);
  return ToGrpcStatus(admitted.ok() ? Download(*context, call) : admitted);
}

}  // namespace heapd::server
