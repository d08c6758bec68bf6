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
#include "server/service/reduction_message.h"
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

absl::Status CallerLeft() { return absl::CancelledError("the caller left"); }

absl::string_view RedactionOf(bool includes_strings) {
  return includes_strings ? kWithValues : kRedacted;
}

AuditedCall::Subject SubjectOf(const SnapshotRecord& record) {
  AuditedCall::Subject subject;
  subject.heap = record.heap;
  subject.snapshot = record.snapshot;
  subject.destination = record.storage;
  subject.redaction = RedactionOf(record.includes_strings);
  return subject;
}

}  // namespace

absl::Status SnapshotService::Admit(const grpc::ServerContext& context,
                                    const MethodPermission& method,
                                    Caller* caller) const {
  HEAPD_RETURN_IF_ERROR(caller->Identify(context));
  HEAPD_RETURN_IF_ERROR(core_.drain->Check());
  const absl::Status permitted = caller->CheckOnAny(method.needed);
  if (!permitted.ok()) {
    return AuditedCall(core_, *caller, context, method).Refuse({}, permitted);
  }
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
  const MethodPermission& row = PermissionOf<Request>();
  const MeteredCall metered(core_.meter, row);
  Caller caller(core_);
  PlaneGate::Tickets tickets;
  absl::Status admitted = Admit(context, row, &caller);
  if (admitted.ok()) admitted = gate_.Admit(&tickets);
  return metered.End(ServeUnary(
      admitted, call, [&](const Request& request, Response* response) {
        AuditedCall audit(core_, caller, context, row);
        return method(caller, audit, request, response);
      }));
}

template <typename Request, typename Method>
grpc::Status SnapshotService::ServeStream(const grpc::ServerContext& context,
                                          Method method) const {
  const MethodPermission& row = PermissionOf<Request>();
  const MeteredCall metered(core_.meter, row);
  Caller caller(core_);
  absl::Status status = Admit(context, row, &caller);
  if (status.ok()) {
    AuditedCall audit(core_, caller, context, row);
    status = method(caller, audit);
  }
  metered.EndStream(status.code());
  return ToGrpcStatus(status);
}

absl::StatusOr<SnapshotRecord> SnapshotService::Find(
    const Caller& caller, const std::string& snapshot, absl::string_view field,
    PermissionSet needed) const {
  if (snapshot.empty()) return InvalidField(field, "is required");
  HEAPD_ASSIGN_OR_RETURN(SnapshotRecord record, catalog_->Get(snapshot));
  if (!caller.SeesSnapshotsOf(record.heap)) return SnapshotNotFound(snapshot);
  HEAPD_RETURN_IF_ERROR(caller.CheckOn(record.heap, needed));
  return record;
}

absl::StatusOr<SnapshotRecord> SnapshotService::FindForDownload(
    const Caller& caller, const std::string& snapshot) const {
  HEAPD_ASSIGN_OR_RETURN(
      SnapshotRecord record,
      Find(caller, snapshot, "snapshot",
           PermissionOf<v1::DownloadSnapshotRequest>().needed));
  HEAPD_RETURN_IF_ERROR(CheckDownload(caller, record));
  return record;
}

absl::Status SnapshotService::CheckDownload(
    const Caller& caller, const SnapshotRecord& record) const {
  PermissionSet needed = PermissionOf<v1::DownloadSnapshotRequest>().needed;
  if (record.includes_strings) needed.Add(Permission::kSnapshotWithValues);
  return caller.CheckOn(record.heap, needed);
}

absl::Status SnapshotService::Create(
    Caller& caller, AuditedCall& audit,
    const v1::CreateSnapshotRequest& request,
    v1::CreateSnapshotResponse* response) const {
  MethodPermission method = PermissionOf<v1::CreateSnapshotRequest>();
  if (request.include_strings()) {
    method.needed.Add(Permission::kSnapshotWithValues);
  }
  AuditedCall::Subject subject;
  subject.heap = request.heap();
  // Empty for the default one, whose name the outcome has.
  subject.destination = request.destination();
  subject.redaction = RedactionOf(request.include_strings());
  const absl::Status permitted = caller.Enter(request.heap(), method);
  if (!permitted.ok()) return audit.Refuse(subject, permitted);
  HEAPD_RETURN_IF_ERROR(audit.Begin(subject));
  return audit.End(Start(caller, audit, request, response));
}

absl::Status SnapshotService::Start(
    const Caller& caller, AuditedCall& audit,
    const v1::CreateSnapshotRequest& request,
    v1::CreateSnapshotResponse* response) const {
  HEAPD_RETURN_IF_ERROR(CheckLabel(request.label()));
  CallTerms terms;
  HEAPD_RETURN_IF_ERROR(TakeRequestId(request.request_id(), &terms));
  HEAPD_ASSIGN_OR_RETURN(const std::shared_ptr<HostedHeap> hosted,
                         core_.registry->Find(request.heap()));
  SnapshotOrder order;
  order.label = request.label();
  order.requested_by = caller.principal().name;
  order.include_strings = request.include_strings();
  HEAPD_RETURN_IF_ERROR(ReadStorageTerms(request, order));
  HEAPD_RETURN_IF_ERROR(FromMessage(request.reduction(), &order.reduction));
  HEAPD_ASSIGN_OR_RETURN(
      const SnapshotRecord record,
      jobs_->Create(hosted, std::move(order), terms.request_id));
  audit.SetSnapshot(record);
  *response->mutable_snapshot() = ToMessage(record);
  return absl::OkStatus();
}

absl::Status SnapshotService::List(const Caller& caller,
                                   const v1::ListSnapshotsRequest& request,
                                   v1::ListSnapshotsResponse* response) const {
  const PermissionSet needed = PermissionOf<v1::ListSnapshotsRequest>().needed;
  HEAPD_ASSIGN_OR_RETURN(const size_t page_size,
                         PageSize(request.page_size(), kDefaultPage, kMaxPage));
  if (!request.heap().empty()) {
    HEAPD_RETURN_IF_ERROR(CheckHeapId(request.heap()));
    HEAPD_RETURN_IF_ERROR(caller.CheckOn(request.heap(), needed));
  }
  SnapshotFilter filter;
  HEAPD_RETURN_IF_ERROR(ReadFilter(request, filter));
  const auto shows = [&caller, needed](absl::string_view heap) {
    return caller.MayOn(heap, needed);
  };
  HEAPD_ASSIGN_OR_RETURN(
      SnapshotPage page,
      catalog_->List(filter, page_size, request.page_token(), shows));
  for (const SnapshotRecord& record : page.snapshots) {
    *response->add_snapshots() = ToMessage(record);
  }
  response->set_next_page_token(std::move(page.next_page_token));
  return absl::OkStatus();
}

absl::Status SnapshotService::Delete(
    const Caller& caller, AuditedCall& audit,
    const v1::DeleteSnapshotRequest& request) const {
  const absl::StatusOr<SnapshotRecord> record =
      Find(caller, request.snapshot(), "snapshot",
           PermissionOf<v1::DeleteSnapshotRequest>().needed);
  if (!record.ok()) {
    AuditedCall::Subject subject;
    subject.snapshot = request.snapshot();
    return audit.Refuse(subject, record.status());
  }
  HEAPD_RETURN_IF_ERROR(audit.Begin(SubjectOf(*record)));
  return audit.End(catalog_->Delete(request.snapshot()));
}

absl::Status SnapshotService::Cancel(
    const grpc::ServerContext& context, const Caller& caller,
    AuditedCall& audit, const v1::CancelSnapshotRequest& request,
    v1::CancelSnapshotResponse* response) const {
  const absl::StatusOr<SnapshotRecord> record =
      Find(caller, request.snapshot(), "snapshot",
           PermissionOf<v1::CancelSnapshotRequest>().needed);
  if (!record.ok()) {
    AuditedCall::Subject subject;
    subject.snapshot = request.snapshot();
    return audit.Refuse(subject, record.status());
  }
  HEAPD_RETURN_IF_ERROR(audit.Begin(SubjectOf(*record)));
  return audit.End(
      CancelAndWait(context, caller, request.snapshot(), response));
}

absl::Status SnapshotService::CancelAndWait(
    const grpc::ServerContext& context, const Caller& caller,
    const std::string& snapshot, v1::CancelSnapshotResponse* response) const {
  HEAPD_RETURN_IF_ERROR(catalog_->Cancel(snapshot, caller.principal().name));
  uint64_t version = 0;
  while (!context.IsCancelled()) {
    HEAPD_ASSIGN_OR_RETURN(
        const SnapshotRecord record,
        catalog_->AwaitChange(snapshot, kWatchLook, version));
    if (record.state == SnapshotState::kCancelled) {
      *response->mutable_snapshot() = ToMessage(record);
      return absl::OkStatus();
    }
    // It came to its end before it heard.
    if (record.state != SnapshotState::kWriting) return SnapshotDone(record);
    HEAPD_RETURN_IF_ERROR(core_.drain->Check());
  }
  return CallerLeft();
}

absl::Status SnapshotService::Compare(
    const Caller& caller, AuditedCall& audit,
    const v1::CompareSnapshotsRequest& request,
    v1::CompareSnapshotsResponse* response) const {
  const PermissionSet needed =
      PermissionOf<v1::CompareSnapshotsRequest>().needed;
  absl::StatusOr<SnapshotRecord> record =
      Find(caller, request.base_snapshot(), "base_snapshot", needed);
  if (record.ok())
    record = Find(caller, request.snapshot(), "snapshot", needed);
  AuditedCall::Subject subject;
  if (record.ok()) subject = SubjectOf(*record);
  subject.snapshot = request.snapshot();
  subject.base_snapshot = request.base_snapshot();
  if (!record.ok()) return audit.Refuse(subject, record.status());
  HEAPD_RETURN_IF_ERROR(audit.Begin(subject));
  const absl::StatusOr<Comparison> comparison =
      catalog_->Compare(request.base_snapshot(), request.snapshot());
  if (!comparison.ok()) return audit.End(comparison.status());
  for (const ComparisonRow& row : comparison->classes) {
    *response->add_rows() = ToMessage(row);
  }
  for (const ComparisonRow& row : comparison->tags) {
    *response->add_tag_rows() = ToMessage(row);
  }
  return audit.End(absl::OkStatus());
}

absl::Status SnapshotService::Watch(const grpc::ServerContext& context,
                                    Caller& caller, WatchStreamer* call) const {
  const PermissionSet needed = PermissionOf<v1::WatchSnapshotRequest>().needed;
  v1::WatchSnapshotRequest request;
  if (!call->Read(&request)) return Unreadable();
  HEAPD_RETURN_IF_ERROR(
      Find(caller, request.snapshot(), "snapshot", needed).status());
  WatcherSlot slot;
  HEAPD_RETURN_IF_ERROR(slot.Take(core_.snapshot_watchers, core_.max_watchers));
  uint64_t sent = 0;
  while (!context.IsCancelled()) {
    uint64_t version = sent;
    HEAPD_ASSIGN_OR_RETURN(
        const SnapshotRecord record,
        catalog_->AwaitChange(request.snapshot(), kWatchLook, version));
    if (version != sent) {
      // A watch outlives a token and a policy.
      HEAPD_RETURN_IF_ERROR(caller.Identify(context));
      HEAPD_RETURN_IF_ERROR(caller.CheckOn(record.heap, needed));
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
                                       Caller& caller, AuditedCall& audit,
                                       DownloadStreamer* call) const {
  v1::DownloadSnapshotRequest request;
  if (!call->Read(&request)) return Unreadable();
  const absl::StatusOr<SnapshotRecord> record =
      FindForDownload(caller, request.snapshot());
  if (!record.ok()) {
    AuditedCall::Subject subject;
    subject.snapshot = request.snapshot();
    return audit.Refuse(subject, record.status());
  }
  // One that is not read holds its thread, as a watch does.
  WatcherSlot slot;
  HEAPD_RETURN_IF_ERROR(slot.Take(core_.downloads, core_.max_watchers));
  HEAPD_RETURN_IF_ERROR(audit.Begin(SubjectOf(*record)));
  uint64_t sent = 0;
  const absl::Status status =
      Send(context, caller, *record, request.offset_bytes(), call, &sent);
  audit.SetBytes(sent);
  return audit.End(status);
}

absl::Status SnapshotService::Send(const grpc::ServerContext& context,
                                   Caller& caller, const SnapshotRecord& record,
                                   uint64_t offset, DownloadStreamer* call,
                                   uint64_t* sent) const {
  HEAPD_ASSIGN_OR_RETURN(const std::unique_ptr<BlobReader> blob,
                         catalog_->OpenSnapshot(record.snapshot));
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
    // A long download outlives a token and a policy.
    HEAPD_RETURN_IF_ERROR(caller.Identify(context));
    HEAPD_RETURN_IF_ERROR(CheckDownload(caller, record));
    if (!call->Write(response)) return CallerLeft();
    *sent += count;
  }
  return CallerLeft();
}

grpc::Status SnapshotService::StreamedCreateSnapshot(
    grpc::ServerContext* context,
    UnaryStreamer<v1::CreateSnapshotRequest, v1::CreateSnapshotResponse>*
        call) {
  return Serve(*context, call,
               [this](Caller& caller, AuditedCall& audit, const auto& request,
                      auto* response) {
                 return Create(caller, audit, request, response);
               });
}

grpc::Status SnapshotService::StreamedGetSnapshot(
    grpc::ServerContext* context,
    UnaryStreamer<v1::GetSnapshotRequest, v1::GetSnapshotResponse>* call) {
  return Serve(*context, call,
               [this](const Caller& caller, AuditedCall&, const auto& request,
                      auto* response) -> absl::Status {
                 HEAPD_ASSIGN_OR_RETURN(
                     const SnapshotRecord record,
                     Find(caller, request.snapshot(), "snapshot",
                          PermissionOf<v1::GetSnapshotRequest>().needed));
                 *response->mutable_snapshot() = ToMessage(record);
                 return absl::OkStatus();
               });
}

grpc::Status SnapshotService::StreamedListSnapshots(
    grpc::ServerContext* context,
    UnaryStreamer<v1::ListSnapshotsRequest, v1::ListSnapshotsResponse>* call) {
  return Serve(
      *context, call,
      [this](const Caller& caller, AuditedCall&, const auto& request,
             auto* response) { return List(caller, request, response); });
}

grpc::Status SnapshotService::StreamedCancelSnapshot(
    grpc::ServerContext* context,
    UnaryStreamer<v1::CancelSnapshotRequest, v1::CancelSnapshotResponse>*
        call) {
  return Serve(*context, call,
               [this, context](const Caller& caller, AuditedCall& audit,
                               const auto& request, auto* response) {
                 return Cancel(*context, caller, audit, request, response);
               });
}

grpc::Status SnapshotService::StreamedDeleteSnapshot(
    grpc::ServerContext* context,
    UnaryStreamer<v1::DeleteSnapshotRequest, v1::DeleteSnapshotResponse>*
        call) {
  return Serve(
      *context, call,
      [this](const Caller& caller, AuditedCall& audit, const auto& request,
             auto*) { return Delete(caller, audit, request); });
}

grpc::Status SnapshotService::StreamedCompareSnapshots(
    grpc::ServerContext* context,
    UnaryStreamer<v1::CompareSnapshotsRequest, v1::CompareSnapshotsResponse>*
        call) {
  return Serve(*context, call,
               [this](const Caller& caller, AuditedCall& audit,
                      const auto& request, auto* response) {
                 return Compare(caller, audit, request, response);
               });
}

grpc::Status SnapshotService::StreamedWatchSnapshot(
    grpc::ServerContext* context, WatchStreamer* call) {
  return ServeStream<v1::WatchSnapshotRequest>(
      *context, [&](Caller& caller, AuditedCall&) {
        return Watch(*context, caller, call);
      });
}

grpc::Status SnapshotService::StreamedDownloadSnapshot(
    grpc::ServerContext* context, DownloadStreamer* call) {
  return ServeStream<v1::DownloadSnapshotRequest>(
      *context, [&](Caller& caller, AuditedCall& audit) {
        return Download(*context, caller, audit, call);
      });
}

}  // namespace heapd::server
