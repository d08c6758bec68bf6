#include "tests/client/heapd/fake_daemon.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "client/heapd/client_options.h"
#include "client/heapd/proto_time.h"
#include "client/heapd/sha256.h"
#include "client/heapd/status.h"
#include "client/heapd/strings.h"
#include "grpcpp/security/server_credentials.h"
#include "grpcpp/server_builder.h"

namespace heapd::client {
namespace {

std::string Metadata(const grpc::ServerContext& context, const char* key) {
  const auto& metadata = context.client_metadata();
  const auto found = metadata.find(key);
  return found == metadata.end()
             ? ""
             : std::string(found->second.data(), found->second.size());
}

constexpr absl::Duration kPatience = absl::Seconds(30);

// What a batch of allocations and payload reads yields: refs 101, 102, ..., and
// payloads of the size that the test names as the read object's ref.
grpc::Status Answer(const v1::Batch& batch, v1::BatchResult& result) {
  int refs = 0;
  for (const int kind : batch.kinds()) {
    switch (kind) {
      case v1::OPERATION_KIND_ALLOCATE:
      case v1::OPERATION_KIND_ALLOCATE_UNHELD:
      case v1::OPERATION_KIND_ALLOCATE_STRING:
        result.add_refs(101 + static_cast<uint64_t>(result.refs_size()));
        break;
      case v1::OPERATION_KIND_READ_PAYLOAD: {
        const auto size = static_cast<uint32_t>(batch.refs(refs++));
        result.add_sizes(size);
        result.mutable_payloads()->append(size, 'p');
        break;
      }
      case v1::OPERATION_KIND_UNROOT:
        return ToGrpcStatus(ErrorWithReason(absl::StatusCode::kNotFound,
                                            "no such root", "ROOT_NOT_FOUND"));
      default:
        break;
    }
  }
  return grpc::Status::OK;
}

}  // namespace

class FakeDaemon::Heaps : public v1::HeapService::Service {
 public:
  explicit Heaps(FakeDaemon& daemon) : daemon_(daemon) {}

  grpc::Status CreateHeap(grpc::ServerContext* context,
                          const v1::CreateHeapRequest* request,
                          v1::CreateHeapResponse* response) override {
    response->mutable_heap()->set_heap(request->heap());
    response->mutable_heap()->set_limit_bytes(request->limit_bytes());
    return daemon_.Begin(*context, "CreateHeap", "");
  }

  grpc::Status GetHeap(grpc::ServerContext* context,
                       const v1::GetHeapRequest* request,
                       v1::GetHeapResponse* response) override {
    response->mutable_heap()->set_heap(request->heap());
    return daemon_.Begin(*context, "GetHeap", "");
  }

  // Two pages.
  grpc::Status ListHeaps(grpc::ServerContext* context,
                         const v1::ListHeapsRequest* request,
                         v1::ListHeapsResponse* response) override {
    const bool first = request->page_token().empty();
    response->add_heaps()->set_heap(first ? "alpha" : "beta");
    if (first) response->set_next_page_token("second");
    return daemon_.Begin(*context, "ListHeaps", "");
  }

 private:
  FakeDaemon& daemon_;
};

class FakeDaemon::Objects : public v1::ObjectService::Service {
 public:
  explicit Objects(FakeDaemon& daemon) : daemon_(daemon) {}

  grpc::Status OpenSession(grpc::ServerContext* context,
                           const v1::OpenSessionRequest*,
                           v1::OpenSessionResponse* response) override {
    const grpc::Status status = daemon_.Begin(*context, "OpenSession", "");
    absl::MutexLock lock(&daemon_.mu_);
    response->set_session(0xABC);
    *response->mutable_time_to_live() = ToProtoDuration(daemon_.time_to_live_);
    return status;
  }

  grpc::Status RenewSession(grpc::ServerContext* context,
                            const v1::RenewSessionRequest*,
                            v1::RenewSessionResponse*) override {
    const grpc::Status status = daemon_.Begin(*context, "RenewSession", "");
    absl::MutexLock lock(&daemon_.mu_);
    return status.ok() ? ToGrpcStatus(daemon_.renew_status_) : status;
  }

  grpc::Status CloseSession(grpc::ServerContext* context,
                            const v1::CloseSessionRequest*,
                            v1::CloseSessionResponse*) override {
    return daemon_.Begin(*context, "CloseSession", "");
  }

  grpc::Status PushScope(grpc::ServerContext* context,
                         const v1::PushScopeRequest* request,
                         v1::PushScopeResponse* response) override {
    response->set_depth(2);
    return daemon_.Begin(*context, "PushScope", request->request_id());
  }

  grpc::Status PopScope(grpc::ServerContext* context,
                        const v1::PopScopeRequest* request,
                        v1::PopScopeResponse* response) override {
    response->set_depth(1);
    return daemon_.Begin(*context,
                         "PopScope:" + std::to_string(request->carry_ref()),
                         request->request_id());
  }

  grpc::Status DefineType(grpc::ServerContext* context,
                          const v1::DefineTypeRequest*,
                          v1::DefineTypeResponse* response) override {
    response->set_type(2);
    return daemon_.Begin(*context, "DefineType", "");
  }

  grpc::Status GetRoot(grpc::ServerContext* context,
                       const v1::GetRootRequest* request,
                       v1::GetRootResponse* response) override {
    const grpc::Status status = daemon_.Begin(*context, "GetRoot", "");
    if (request->name() != "known") {
      return ToGrpcStatus(ErrorWithReason(
          absl::StatusCode::kNotFound, "no root 'unknown'", "ROOT_NOT_FOUND"));
    }
    response->set_ref(0x100000007);
    return status;
  }

  grpc::Status AllocateObject(grpc::ServerContext* context,
                              const v1::AllocateObjectRequest* request,
                              v1::AllocateObjectResponse* response) override {
    response->set_ref(0x100000005);
    return daemon_.Begin(*context, "AllocateObject", request->request_id());
  }

  grpc::Status ReadObject(grpc::ServerContext* context,
                          const v1::ReadObjectRequest*,
                          v1::ReadObjectResponse* response) override {
    response->set_type_name("User");
    response->set_payload("Bob");
    return daemon_.Begin(*context, "ReadObject", "");
  }

  grpc::Status Apply(grpc::ServerContext* context,
                     const v1::ApplyRequest* request,
                     v1::ApplyResponse* response) override {
    const grpc::Status status =
        daemon_.Begin(*context, "Apply", request->request_id());
    return status.ok() ? Answer(request->batch(), *response->mutable_result())
                       : status;
  }

  grpc::Status Pipeline(
      grpc::ServerContext* context,
      grpc::ServerReaderWriter<v1::PipelineResponse, v1::PipelineRequest>*
          stream) override {
    v1::PipelineRequest request;
    while (stream->Read(&request)) {
      const grpc::Status end =
          daemon_.Begin(*context, "Pipeline",
                        absl::StrCat(request.heap(), "/", request.session()));
      if (!end.ok()) return end;
      v1::PipelineResponse response;
      v1::BatchResult result;
      const grpc::Status status = Answer(request.batch(), result);
      if (status.ok()) {
        *response.mutable_result() = std::move(result);
      } else {
        response.mutable_error()->ParseFromString(status.error_details());
      }
      stream->Write(response);
    }
    return grpc::Status::OK;
  }

 private:
  FakeDaemon& daemon_;
};

class FakeDaemon::Snapshots : public v1::SnapshotService::Service {
 public:
  explicit Snapshots(FakeDaemon& daemon) : daemon_(daemon) {}

  grpc::Status GetSnapshot(grpc::ServerContext* context,
                           const v1::GetSnapshotRequest* request,
                           v1::GetSnapshotResponse* response) override {
    const grpc::Status status = daemon_.Begin(*context, "GetSnapshot", "");
    absl::MutexLock lock(&daemon_.mu_);
    v1::Snapshot& snapshot = *response->mutable_snapshot();
    snapshot.set_snapshot(request->snapshot());
    snapshot.set_size_bytes(daemon_.file_.size());
    // A file that starts with "bad" is not what it was.
    snapshot.set_sha256(
        Sha256Hex(daemon_.file_.starts_with("bad") ? "good" : daemon_.file_));
    return status;
  }

  // As many as there are pages asked for, two, with what was asked for.
  grpc::Status ListSnapshots(grpc::ServerContext* context,
                             const v1::ListSnapshotsRequest* request,
                             v1::ListSnapshotsResponse* response) override {
    const grpc::Status status = daemon_.Begin(*context, "ListSnapshots", "");
    v1::Snapshot& snapshot = *response->add_snapshots();
    snapshot.set_snapshot(request->page_token().empty() ? "first" : "second");
    snapshot.set_heap(request->heap());
    snapshot.set_state(request->state());
    snapshot.set_trigger(request->trigger());
    snapshot.set_label(request->label());
    snapshot.set_storage(request->destination());
    *snapshot.mutable_create_time() = request->start_time();
    snapshot.mutable_duration()->set_seconds(request->end_time().seconds());
    if (request->page_token().empty()) response->set_next_page_token("next");
    return status;
  }

  grpc::Status CancelSnapshot(grpc::ServerContext* context,
                              const v1::CancelSnapshotRequest* request,
                              v1::CancelSnapshotResponse* response) override {
    const grpc::Status status = daemon_.Begin(*context, "CancelSnapshot", "");
    response->mutable_snapshot()->set_snapshot(request->snapshot());
    response->mutable_snapshot()->set_state(v1::SNAPSHOT_STATE_CANCELLED);
    return status;
  }

  grpc::Status WatchSnapshot(
      grpc::ServerContext* context, const v1::WatchSnapshotRequest* request,
      grpc::ServerWriter<v1::WatchSnapshotResponse>* writer) override {
    const grpc::Status status = daemon_.Begin(*context, "WatchSnapshot", "");
    v1::WatchSnapshotResponse response;
    v1::Snapshot& snapshot = *response.mutable_snapshot();
    snapshot.set_snapshot(request->snapshot());
    snapshot.set_state(v1::SNAPSHOT_STATE_WRITING);
    writer->Write(response);
    if (!status.ok()) return status;
    const bool fails = request->snapshot() == "failing";
    snapshot.set_state(fails ? v1::SNAPSHOT_STATE_FAILED
                             : v1::SNAPSHOT_STATE_READY);
    if (fails) snapshot.set_error("the disk is full");
    if (request->snapshot() == "cancelled") {
      snapshot.set_state(v1::SNAPSHOT_STATE_CANCELLED);
      snapshot.set_error("cancelled by bob");
    }
    writer->Write(response);
    return grpc::Status::OK;
  }

  grpc::Status DownloadSnapshot(
      grpc::ServerContext* context, const v1::DownloadSnapshotRequest* request,
      grpc::ServerWriter<v1::DownloadSnapshotResponse>* writer) override {
    const grpc::Status status = daemon_.Begin(*context, "DownloadSnapshot", "");
    if (!status.ok()) return status;
    absl::MutexLock lock(&daemon_.mu_);
    size_t pieces = SIZE_MAX;
    if (!daemon_.cuts_.empty()) {
      pieces = daemon_.cuts_.front();
      daemon_.cuts_.pop_front();
    }
    for (size_t at = request->offset_bytes(); at < daemon_.file_.size();
         at += daemon_.piece_bytes_) {
      if (pieces-- == 0) {
        return grpc::Status(grpc::StatusCode::UNAVAILABLE, "connection reset");
      }
      v1::DownloadSnapshotResponse response;
      response.set_data(daemon_.file_.substr(at, daemon_.piece_bytes_));
      writer->Write(response);
    }
    return grpc::Status::OK;
  }

 private:
  FakeDaemon& daemon_;
};

FakeDaemon::FakeDaemon()
    : heaps_(std::make_unique<Heaps>(*this)),
      objects_(std::make_unique<Objects>(*this)),
      snapshots_(std::make_unique<Snapshots>(*this)) {
  grpc::ServerBuilder builder;
  int port = 0;
  builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(),
                           &port);
  builder.SetMaxReceiveMessageSize(kMaxMessageBytes);
  builder.RegisterService(heaps_.get());
  builder.RegisterService(objects_.get());
  builder.RegisterService(snapshots_.get());
  server_ = builder.BuildAndStart();
  address_ = absl::StrCat("127.0.0.1:", port);
}

FakeDaemon::~FakeDaemon() {
  server_->Shutdown(absl::ToChronoTime(absl::Now()));
  server_->Wait();
}

void FakeDaemon::FailNext(absl::Status status) {
  absl::MutexLock lock(&mu_);
  failures_.push_back(std::move(status));
}

void FakeDaemon::SetTimeToLive(absl::Duration time_to_live) {
  absl::MutexLock lock(&mu_);
  time_to_live_ = time_to_live;
}

void FakeDaemon::SetRenewStatus(absl::Status status) {
  absl::MutexLock lock(&mu_);
  renew_status_ = std::move(status);
}

void FakeDaemon::SetFile(std::string file, size_t piece_bytes,
                         std::deque<size_t> cuts) {
  absl::MutexLock lock(&mu_);
  file_ = std::move(file);
  piece_bytes_ = piece_bytes;
  cuts_ = std::move(cuts);
}

std::vector<std::string> FakeDaemon::calls() const {
  absl::MutexLock lock(&mu_);
  return calls_;
}

size_t FakeDaemon::CountLocked(std::string_view method) const {
  size_t count = 0;
  for (const std::string& call : calls_) {
    count += call.starts_with(std::string(method) + " ");
  }
  return count;
}

size_t FakeDaemon::CallCount(std::string_view method) const {
  absl::MutexLock lock(&mu_);
  return CountLocked(method);
}

bool FakeDaemon::WaitForCalls(std::string_view method, size_t count) const {
  absl::MutexLock lock(&mu_);
  const auto enough = [this, method, count] {
    mu_.AssertReaderHeld();
    return CountLocked(method) >= count;
  };
  return mu_.AwaitWithTimeout(absl::Condition(&enough), kPatience);
}

std::string FakeDaemon::authorization() const {
  absl::MutexLock lock(&mu_);
  return authorization_;
}

std::string FakeDaemon::heap_metadata(std::string_view method) const {
  absl::MutexLock lock(&mu_);
  const auto found = heap_metadata_.find(method);
  return found == heap_metadata_.end() ? "" : found->second;
}

grpc::Status FakeDaemon::Begin(const grpc::ServerContext& context,
                               std::string_view method,
                               const std::string& request_id) {
  absl::MutexLock lock(&mu_);
  calls_.push_back(absl::StrCat(Absl(method), " ", request_id));
  authorization_ = Metadata(context, "authorization");
  heap_metadata_[std::string(method)] = Metadata(context, "heapd-heap");
  if (failures_.empty()) return grpc::Status::OK;
  const grpc::Status status = ToGrpcStatus(failures_.front());
  failures_.pop_front();
  return status;
}

}  // namespace heapd::client
