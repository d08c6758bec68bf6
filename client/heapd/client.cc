#include "client/heapd/client.h"

#include <utility>

#include "absl/time/clock.h"
#include "client/heapd/heap_metadata.h"
#include "client/heapd/lease.h"
#include "client/heapd/proto_time.h"
#include "client/heapd/status_macros.h"

namespace heapd::client {

using HeapStub = v1::HeapService::Stub;
using CollectorStub = v1::CollectorService::Stub;
using ObjectStub = v1::ObjectService::Stub;

absl::StatusOr<std::unique_ptr<Client>> Client::Connect(
    std::string_view address, ClientOptions options) {
  HEAPD_CLIENT_ASSIGN_OR_RETURN(std::shared_ptr<grpc::Channel> channel,
                                OpenChannel(address, {.tls = options.tls}));
  return std::make_unique<Client>(
      std::make_shared<Connection>(std::move(channel), std::move(options)));
}

Client::Client(std::shared_ptr<Connection> connection)
    : connection_(std::move(connection)),
      heaps_(v1::HeapService::NewStub(connection_->channel())),
      collector_(v1::CollectorService::NewStub(connection_->channel())),
      objects_(v1::ObjectService::NewStub(connection_->channel())) {}

absl::StatusOr<v1::Heap> Client::CreateHeap(std::string_view heap,
                                            const HeapLimits& limits) {
  v1::CreateHeapRequest request;
  request.set_heap(std::string(heap));
  request.set_limit_bytes(limits.limit_bytes.value_or(0));
  request.set_reservation_bytes(limits.reservation_bytes.value_or(0));
  if (limits.new_space_bytes.has_value()) {
    request.set_new_space_bytes(*limits.new_space_bytes);
  }
  HEAPD_CLIENT_ASSIGN_OR_RETURN(
      v1::CreateHeapResponse response,
      connection_->Call(*heaps_, &HeapStub::CreateHeap, request,
                        Repeat::kUnsafe));
  return std::move(*response.mutable_heap());
}

absl::StatusOr<v1::Heap> Client::GetHeap(std::string_view heap) {
  v1::GetHeapRequest request;
  request.set_heap(std::string(heap));
  HEAPD_CLIENT_ASSIGN_OR_RETURN(
      v1::GetHeapResponse response,
      connection_->Call(*heaps_, &HeapStub::GetHeap, request, Repeat::kSafe));
  return std::move(*response.mutable_heap());
}

absl::StatusOr<std::vector<v1::Heap>> Client::ListHeaps() {
  std::vector<v1::Heap> heaps;
  v1::ListHeapsRequest request;
  do {
    HEAPD_CLIENT_ASSIGN_OR_RETURN(
        v1::ListHeapsResponse page,
        connection_->Call(*heaps_, &HeapStub::ListHeaps, request,
                          Repeat::kSafe));
    for (v1::Heap& heap : *page.mutable_heaps()) {
      heaps.push_back(std::move(heap));
    }
    request.set_page_token(page.next_page_token());
  } while (!request.page_token().empty());
  return heaps;
}

absl::StatusOr<v1::Heap> Client::UpdateHeap(std::string_view heap,
                                            const HeapLimits& limits) {
  v1::UpdateHeapRequest request;
  request.set_heap(std::string(heap));
  if (limits.limit_bytes.has_value()) {
    request.set_limit_bytes(*limits.limit_bytes);
  }
  if (limits.reservation_bytes.has_value()) {
    request.set_reservation_bytes(*limits.reservation_bytes);
  }
  HEAPD_CLIENT_ASSIGN_OR_RETURN(
      v1::UpdateHeapResponse response,
      connection_->Call(*heaps_, &HeapStub::UpdateHeap, request,
                        Repeat::kSafe));
  return std::move(*response.mutable_heap());
}

absl::Status Client::DeleteHeap(std::string_view heap) {
  v1::DeleteHeapRequest request;
  request.set_heap(std::string(heap));
  return connection_
      ->Call(*heaps_, &HeapStub::DeleteHeap, request, Repeat::kUnsafe)
      .status();
}

absl::StatusOr<Session> Client::OpenSession(std::string_view heap,
                                            const SessionOptions& options) {
  v1::OpenSessionRequest request;
  request.set_heap(std::string(heap));
  request.set_label(options.label);
  request.set_tag(options.tag);
  if (options.time_to_live != absl::ZeroDuration()) {
    *request.mutable_time_to_live() = ToProtoDuration(options.time_to_live);
  }
  // Opened twice by a retry, the first one's lease runs out by itself.
  HEAPD_CLIENT_ASSIGN_OR_RETURN(
      const v1::OpenSessionResponse response,
      connection_->Call(*objects_, &ObjectStub::OpenSession, request,
                        Repeat::kSafe));
  const SessionId session(response.session());
  return Session(
      Heap(heap, session),
      std::make_shared<Lease>(std::string(heap), session,
                              FromProtoDuration(response.time_to_live())));
}

absl::StatusOr<absl::Duration> Client::RenewSession(std::string_view heap,
                                                    SessionId session) {
  v1::RenewSessionRequest request;
  request.set_heap(std::string(heap));
  request.set_session(session.value());
  HEAPD_CLIENT_ASSIGN_OR_RETURN(
      const v1::RenewSessionResponse response,
      connection_->Call(*objects_, &ObjectStub::RenewSession, request,
                        Repeat::kSafe));
  return FromProtoDuration(response.time_to_live());
}

absl::Status Client::CloseSession(std::string_view heap, SessionId session) {
  v1::CloseSessionRequest request;
  request.set_heap(std::string(heap));
  request.set_session(session.value());
  return connection_
      ->Call(*objects_, &ObjectStub::CloseSession, request, Repeat::kSafe)
      .status();
}

RemoteHeap Client::Heap(std::string_view heap, SessionId session) {
  return RemoteHeap(connection_, std::string(heap), session);
}

absl::StatusOr<v1::Collection> Client::Collect(std::string_view heap,
                                               v1::CollectionKind kind) {
  v1::CollectHeapRequest request;
  request.set_heap(std::string(heap));
  request.set_kind(kind);
  HEAPD_CLIENT_ASSIGN_OR_RETURN(
      v1::CollectHeapResponse response,
      connection_->Call(*collector_, &CollectorStub::CollectHeap, request,
                        Repeat::kSafe));
  return std::move(*response.mutable_collection());
}

absl::StatusOr<v1::HeapStats> Client::GetStats(std::string_view heap) {
  v1::GetStatsRequest request;
  request.set_heap(std::string(heap));
  HEAPD_CLIENT_ASSIGN_OR_RETURN(
      v1::GetStatsResponse response,
      connection_->Call(*collector_, &CollectorStub::GetStats, request,
                        Repeat::kSafe));
  return std::move(*response.mutable_stats());
}

absl::StatusOr<v1::ExplainObjectResponse> Client::Explain(std::string_view heap,
                                                          Ref ref) {
  v1::ExplainObjectRequest request;
  request.set_heap(std::string(heap));
  request.set_ref(ref.id());
  return connection_->Call(*collector_, &CollectorStub::ExplainObject, request,
                           Repeat::kSafe);
}

absl::StatusOr<v1::AnalyzeHeapResponse> Client::Analyze(
    std::string_view heap, const AnalyzeOptions& options) {
  v1::AnalyzeHeapRequest request;
  request.set_heap(std::string(heap));
  request.set_max_class_count(options.max_class_count);
  request.set_max_object_count(options.max_object_count);
  request.set_class_name(options.class_name);
  request.set_tag(options.tag);
  return connection_->Call(*collector_, &CollectorStub::AnalyzeHeap, request,
                           Repeat::kSafe);
}

absl::StatusOr<v1::ListSessionsResponse> Client::ListSessions(
    std::string_view heap, int max_session_count) {
  v1::ListSessionsRequest request;
  request.set_heap(std::string(heap));
  request.set_max_session_count(max_session_count);
  return connection_->Call(*collector_, &CollectorStub::ListSessions, request,
                           Repeat::kSafe);
}

absl::StatusOr<uint64_t> Client::Verify(std::string_view heap) {
  v1::VerifyHeapRequest request;
  request.set_heap(std::string(heap));
  HEAPD_CLIENT_ASSIGN_OR_RETURN(
      const v1::VerifyHeapResponse response,
      connection_->Call(*collector_, &CollectorStub::VerifyHeap, request,
                        Repeat::kSafe));
  return response.object_count();
}

absl::Status Client::WatchCollections(
    std::string_view heap, v1::CollectionKind kind, absl::Duration timeout,
    absl::FunctionRef<bool(const v1::WatchCollectionsResponse&)>
        on_collection) {
  v1::WatchCollectionsRequest request;
  request.set_heap(std::string(heap));
  request.set_kind(kind);
  grpc::ClientContext context;
  connection_->Prepare(context, absl::Now() + timeout);
  NameHeap(heap, context);
  const auto reader = collector_->WatchCollections(&context, request);
  v1::WatchCollectionsResponse response;
  bool stopped = false;
  while (!stopped && reader->Read(&response)) {
    stopped = !on_collection(response);
  }
  if (stopped) context.TryCancel();
  const absl::Status status = ToAbslStatus(reader->Finish());
  return stopped ? absl::OkStatus() : status;
}

}  // namespace heapd::client
