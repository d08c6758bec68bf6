#ifndef HEAPD_TESTS_SERVER_SUPPORT_IN_PROCESS_SERVER_H_
#define HEAPD_TESTS_SERVER_SUPPORT_IN_PROCESS_SERVER_H_

#include <grpcpp/grpcpp.h>
#include <openssl/sha.h>

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/escaping.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include "heap/base/check.h"
#include "heapd/v1/collector_service.grpc.pb.h"
#include "heapd/v1/heap_service.grpc.pb.h"
#include "heapd/v1/object_service.grpc.pb.h"
#include "heapd/v1/snapshot_service.grpc.pb.h"
#include "server/audit/audit_log.h"
#include "server/auth/access_control.h"
#include "server/auth/authenticator.h"
#include "server/auth/bearer_tokens.h"
#include "server/ops/config.h"
#include "server/service/services.h"
#include "server/storage/local_directory.h"
#include "server/storage/snapshot_catalog.h"
#include "tests/server/support/fake_clock.h"
#include "tests/server/support/temporary_directory.h"

namespace heapd::server {

// Small limits, so that tests reach them quickly.
inline Config SmallConfig() {
  Config config;
  config.memory_budget = uint64_t{256} << 20;
  config.memory_default_heap_limit = uint64_t{32} << 20;
  config.memory_max_heaps = 8;
  config.limits_max_answers = uint64_t{16} << 20;
  config.limits_max_watchers = 2;
  config.snapshots_max_running = 2;
  config.snapshots_min_free_disk = 0;
  config.workers_threads = 2;
  config.marking_threads = 1;
  ResolveDefaults(config.memory_budget, 2, config);
  return config;
}

// All services on two in-process servers, data and operations (three with
// listen.snapshots, whatever its addresses), with their stubs, under the
// built-in policy until another is set. The clock of leases stands still until
// a test moves it.
class InProcessServer {
 public:
  static constexpr char kToken[] = "a-token-for-tests";

  // Makes where snapshots go; `path` is a folder for it.
  using MakeStore =
      std::function<std::unique_ptr<BlobStore>(const std::string& path)>;

  explicit InProcessServer(const Config& config = SmallConfig(),
                           bool with_storage = true)
      : InProcessServer(config,
                        with_storage ? MakeStore(&OpenLocal) : MakeStore()) {}

  InProcessServer(const Config& config, const MakeStore& make_store)
      : access_(Policy::BuiltIn(/*loopback_only=*/true)),
        audit_(OpenAudit(config)),
        catalog_(make_store != nullptr ? OpenCatalog(config, make_store)
                                       : nullptr),
        services_(config, {&authenticator_, &access_, audit_.get()},
                  catalog_.get(), &clock_),
        data_(Start(services_.data(), config)),
        operations_(Start(services_.operations(), config)),
        snapshots_(config.listen_snapshots.empty()
                       ? nullptr
                       : Start(services_.snapshots(), config)) {
    SetTokens({{"tester", kToken}});
    data_channel_ = data_->InProcessChannel(Arguments());
    operations_channel_ = operations_->InProcessChannel(Arguments());
    snapshots_channel_ = snapshots_ == nullptr
                             ? operations_channel_
                             : snapshots_->InProcessChannel(Arguments());
    objects = v1::ObjectService::NewStub(data_channel_);
    heaps = v1::HeapService::NewStub(data_channel_);
    collector = v1::CollectorService::NewStub(data_channel_);
    snapshots = v1::SnapshotService::NewStub(snapshots_channel_);
  }

  ~InProcessServer() { Stop(); }
  InProcessServer(const InProcessServer&) = delete;
  InProcessServer& operator=(const InProcessServer&) = delete;

  // As the daemon stops.
  void Stop() {
    services_.BeginDrain();
    const auto deadline =
        std::chrono::system_clock::now() + std::chrono::seconds(20);
    data_->Shutdown(deadline);
    if (catalog_ != nullptr) catalog_->Close();
    operations_->Shutdown(deadline);
    if (snapshots_ != nullptr) snapshots_->Shutdown(deadline);
    services_.Stop();
  }

  // Makes these tokens (name, token) good and no others.
  void SetTokens(
      const std::vector<std::pair<std::string, std::string>>& tokens) {
    BearerTokens good;
    for (const auto& [name, token] : tokens) {
      HEAPD_CHECK(good.Add(name, Sha256Hex(token)).ok());
    }
    authenticator_.ReplaceTokens(std::move(good));
  }
  void SetPolicy(Policy policy) { access_.Replace(std::move(policy)); }

  Services& services() { return services_; }
  FakeClock& clock() { return clock_; }
  SnapshotCatalog& catalog() { return *catalog_; }
  std::string storage_path() const { return directory_.Path("snapshots"); }
  const std::shared_ptr<grpc::Channel>& data_channel() const {
    return data_channel_;
  }
  const std::shared_ptr<grpc::Channel>& operations_channel() const {
    return operations_channel_;
  }
  const std::shared_ptr<grpc::Channel>& snapshots_channel() const {
    return snapshots_channel_;
  }

  std::unique_ptr<v1::ObjectService::Stub> objects;
  std::unique_ptr<v1::HeapService::Stub> heaps;
  std::unique_ptr<v1::CollectorService::Stub> collector;
  std::unique_ptr<v1::SnapshotService::Stub> snapshots;

 private:
  static std::string Sha256Hex(const std::string& text) {
    unsigned char digest[SHA256_DIGEST_LENGTH];
    SHA256(reinterpret_cast<const unsigned char*>(text.data()), text.size(),
           digest);
    return absl::BytesToHexString(absl::string_view(
        reinterpret_cast<const char*>(digest), sizeof(digest)));
  }

  static grpc::ChannelArguments Arguments() {
    grpc::ChannelArguments arguments;
    arguments.SetMaxReceiveMessageSize(-1);
    arguments.SetMaxSendMessageSize(-1);
    return arguments;
  }

  static std::unique_ptr<grpc::Server> Start(
      const std::vector<grpc::Service*>& services, const Config& config) {
    grpc::ServerBuilder builder;
    builder.SetMaxReceiveMessageSize(
        static_cast<int>(config.limits_max_message));
    for (grpc::Service* service : services) builder.RegisterService(service);
    std::unique_ptr<grpc::Server> server = builder.BuildAndStart();
    HEAPD_CHECK(server != nullptr);
    return server;
  }

  static std::unique_ptr<AuditLog> OpenAudit(const Config& config) {
    if (config.audit_file.empty()) return nullptr;
    auto audit = AuditLog::Open(config.audit_file, config.audit_max_file_bytes);
    HEAPD_CHECK(audit.ok());
    return std::move(*audit);
  }

  static std::unique_ptr<BlobStore> OpenLocal(const std::string& path) {
    auto store = LocalDirectory::OpenDirectory(path);
    HEAPD_CHECK(store.ok());
    return std::move(*store);
  }

  std::unique_ptr<SnapshotCatalog> OpenCatalog(const Config& config,
                                               const MakeStore& make_store) {
    SnapshotCatalogOptions options;
    options.max_running = static_cast<int>(config.snapshots_max_running);
    options.min_free_bytes = config.snapshots_min_free_disk;
    auto catalog = SnapshotCatalog::Open(make_store(storage_path()), options);
    HEAPD_CHECK(catalog.ok());
    return std::move(*catalog);
  }

  TemporaryDirectory directory_;
  FakeClock clock_;
  Authenticator authenticator_;
  AccessControl access_;
  std::unique_ptr<AuditLog> audit_;  // null without audit.file
  std::unique_ptr<SnapshotCatalog> catalog_;
  Services services_;
  std::unique_ptr<grpc::Server> data_;
  std::unique_ptr<grpc::Server> operations_;
  std::unique_ptr<grpc::Server> snapshots_;  // null: on operations
  std::shared_ptr<grpc::Channel> data_channel_;
  std::shared_ptr<grpc::Channel> operations_channel_;
  std::shared_ptr<grpc::Channel> snapshots_channel_;
};

// A client context that ends in time whatever happens.
struct Call : grpc::ClientContext {
  Call() {
    set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(60));
  }
  explicit Call(const std::string& token) : Call() {
    AddMetadata("authorization", "Bearer " + token);
  }
};

// What the details of an error say.
struct ErrorDetails {
  explicit ErrorDetails(const grpc::Status& status)
      : ErrorDetails(Parse(status)) {}
  explicit ErrorDetails(const google::rpc::Status& rpc) : rpc_status(rpc) {
    for (const google::protobuf::Any& any : rpc.details()) {
      has_retry |= any.UnpackTo(&retry);
      any.UnpackTo(&info);
      any.UnpackTo(&bad_request);
      any.UnpackTo(&debug);
    }
  }

  std::string reason() const { return info.reason(); }
  // Of the first violation; empty if there is none.
  std::string field() const {
    return bad_request.field_violations().empty()
               ? ""
               : bad_request.field_violations(0).field();
  }
  std::string metadata(const std::string& key) const {
    const auto found = info.metadata().find(key);
    return found == info.metadata().end() ? "" : found->second;
  }

  google::rpc::Status rpc_status;
  google::rpc::ErrorInfo info;
  google::rpc::BadRequest bad_request;
  google::rpc::RetryInfo retry;
  google::rpc::DebugInfo debug;
  bool has_retry = false;

 private:
  static google::rpc::Status Parse(const grpc::Status& status) {
    google::rpc::Status rpc;
    rpc.ParseFromString(status.error_details());
    return rpc;
  }
};

}  // namespace heapd::server

#endif  // HEAPD_TESTS_SERVER_SUPPORT_IN_PROCESS_SERVER_H_
