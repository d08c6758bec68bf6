#include "client/heapd/snapshots.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "client/heapd/proto_time.h"
#include "client/heapd/status.h"
#include "client/heapd/status_macros.h"

namespace heapd::client {

namespace {

v1::ListSnapshotsRequest ListRequest(const SnapshotFilter& filter) {
  v1::ListSnapshotsRequest request;
  request.set_heap(filter.heap);
  request.set_state(filter.state);
  request.set_trigger(filter.trigger);
  request.set_label(filter.label);
  request.set_destination(filter.destination);
  if (filter.start != absl::InfinitePast()) {
    *request.mutable_start_time() = ToProtoTimestamp(filter.start);
  }
  if (filter.end != absl::InfiniteFuture()) {
    *request.mutable_end_time() = ToProtoTimestamp(filter.end);
  }
  return request;
}

}  // namespace

using Stub = v1::SnapshotService::Stub;

absl::StatusOr<std::unique_ptr<SnapshotClient>> SnapshotClient::Connect(
    std::string_view operations_address, ClientOptions options) {
  HEAPD_CLIENT_ASSIGN_OR_RETURN(
      std::shared_ptr<grpc::Channel> channel,
      OpenChannel(operations_address, {.tls = options.tls}));
  return std::make_unique<SnapshotClient>(
      std::make_shared<Connection>(std::move(channel), std::move(options)));
}

SnapshotClient::SnapshotClient(std::shared_ptr<Connection> connection)
    : connection_(std::move(connection)),
      stub_(v1::SnapshotService::NewStub(connection_->channel())) {}

absl::StatusOr<v1::Snapshot> SnapshotClient::Create(
    std::string_view heap, const SnapshotOptions& options) {
  v1::CreateSnapshotRequest request;
  request.set_heap(std::string(heap));
  request.set_label(options.label);
  request.set_include_strings(options.include_strings);
  request.set_destination(options.destination);
  request.set_compression(options.compression);
  *request.mutable_reduction() = options.reduction;
  request.set_request_id(connection_->NewRequestId());
  HEAPD_CLIENT_ASSIGN_OR_RETURN(
      v1::CreateSnapshotResponse response,
      connection_->Call(*stub_, &Stub::CreateSnapshot, request,
                        connection_->RepeatWithRequestId()));
  return std::move(*response.mutable_snapshot());
}

absl::StatusOr<v1::Snapshot> SnapshotClient::Get(std::string_view snapshot) {
  v1::GetSnapshotRequest request;
  request.set_snapshot(std::string(snapshot));
  HEAPD_CLIENT_ASSIGN_OR_RETURN(
      v1::GetSnapshotResponse response,
      connection_->Call(*stub_, &Stub::GetSnapshot, request, Repeat::kSafe));
  return std::move(*response.mutable_snapshot());
}

absl::StatusOr<std::vector<v1::Snapshot>> SnapshotClient::List(
    const SnapshotFilter& filter) {
  std::vector<v1::Snapshot> snapshots;
  v1::ListSnapshotsRequest request = ListRequest(filter);
  do {
    HEAPD_CLIENT_ASSIGN_OR_RETURN(
        v1::ListSnapshotsResponse page,
        connection_->Call(*stub_, &Stub::ListSnapshots, request,
                          Repeat::kSafe));
    for (v1::Snapshot& snapshot : *page.mutable_snapshots()) {
      snapshots.push_back(std::move(snapshot));
    }
    request.set_page_token(page.next_page_token());
  } while (!request.page_token().empty());
  return snapshots;
}

absl::Status SnapshotClient::Delete(std::string_view snapshot) {
  v1::DeleteSnapshotRequest request;
  request.set_snapshot(std::string(snapshot));
  return connection_
      ->Call(*stub_, &Stub::DeleteSnapshot, request, Repeat::kUnsafe)
      .status();
}

absl::StatusOr<v1::Snapshot> SnapshotClient::Cancel(std::string_view snapshot) {
  v1::CancelSnapshotRequest request;
  request.set_snapshot(std::string(snapshot));
  HEAPD_CLIENT_ASSIGN_OR_RETURN(
      v1::CancelSnapshotResponse response,
      connection_->Call(*stub_, &Stub::CancelSnapshot, request, Repeat::kSafe));
  return std::move(*response.mutable_snapshot());
}

absl::StatusOr<v1::Snapshot> SnapshotClient::WaitUntilReady(
    std::string_view snapshot, absl::Duration timeout,
    absl::FunctionRef<void(const v1::Snapshot&)> on_progress) {
  const absl::Time deadline = absl::Now() + timeout;
  v1::Snapshot last;
  HEAPD_CLIENT_RETURN_IF_ERROR(CallWithRetries(
      connection_->options().retry, *connection_->options().clock, deadline,
      Repeat::kSafe,
      [&] { return WatchOnce(snapshot, deadline, on_progress, last); }));
  if (last.state() == v1::SNAPSHOT_STATE_READY) return last;
  const bool cancelled = last.state() == v1::SNAPSHOT_STATE_CANCELLED;
  return ErrorWithReason(
      absl::StatusCode::kFailedPrecondition,
      absl::StrCat("snapshot ", last.snapshot(),
                   cancelled ? " was " : " failed: ", last.error()),
      cancelled ? "SNAPSHOT_CANCELLED" : "SNAPSHOT_FAILED");
}

absl::Status SnapshotClient::WatchOnce(
    std::string_view snapshot, absl::Time deadline,
    absl::FunctionRef<void(const v1::Snapshot&)> on_progress,
    v1::Snapshot& last) {
  v1::WatchSnapshotRequest request;
  request.set_snapshot(std::string(snapshot));
  grpc::ClientContext context;
  connection_->Prepare(context, deadline);
  const auto reader = stub_->WatchSnapshot(&context, request);
  v1::WatchSnapshotResponse response;
  while (reader->Read(&response)) {
    last = std::move(*response.mutable_snapshot());
    on_progress(last);
  }
  HEAPD_CLIENT_RETURN_IF_ERROR(ToAbslStatus(reader->Finish()));
  if (last.state() == v1::SNAPSHOT_STATE_READY ||
      last.state() == v1::SNAPSHOT_STATE_FAILED ||
      last.state() == v1::SNAPSHOT_STATE_CANCELLED) {
    return absl::OkStatus();
  }
  return absl::UnavailableError("the watch ended before the snapshot did");
}

absl::StatusOr<v1::CompareSnapshotsResponse> SnapshotClient::Compare(
    std::string_view base_snapshot, std::string_view snapshot) {
  v1::CompareSnapshotsRequest request;
  request.set_base_snapshot(std::string(base_snapshot));
  request.set_snapshot(std::string(snapshot));
  return connection_->Call(*stub_, &Stub::CompareSnapshots, request,
                           Repeat::kSafe);
}

}  // namespace heapd::client
