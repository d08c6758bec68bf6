#include "server/daemon.h"

#include <grpcpp/ext/proto_server_reflection_plugin.h>

#include <algorithm>
#include <utility>

#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/time/clock.h"
#include "heap/base/status_macros.h"
#include "server/auth/configured_policy.h"
#include "server/ops/logging.h"
#include "server/ops/ports_file.h"
#include "server/storage/open_catalog.h"

namespace heapd::server {
namespace {

// Threads of a listener beside those that watches hold (of health, collections
// and snapshots).
constexpr int kSpareThreads = 64;

// Calls of the page that wait: an analysis, collections, pieces of downloads.
// Scrapes wait for none of them.
constexpr int kHttpThreads = 16;

// For requests that are not complete and for gRPC's own use of its buffers.
constexpr uint64_t kSpareReceiveBytes = uint64_t{64} << 20;

std::vector<std::string> DataServices() {
  return {"heapd.v1.ObjectService", "heapd.v1.HeapService",
          "heapd.v1.CollectorService"};
}

constexpr char kSnapshotService[] = "heapd.v1.SnapshotService";

std::vector<std::string> OperationsServices(const Config& config) {
  std::vector<std::string> services = {"heapd.v1.HeapService",
                                       "heapd.v1.CollectorService"};
  if (config.listen_snapshots.empty()) services.push_back(kSnapshotService);
  return services;
}

// A balancer that asks by name may ask either address for any of them.
std::vector<std::string> AllServices() {
  std::vector<std::string> all = DataServices();
  all.push_back(kSnapshotService);
  return all;
}

mode_t SocketMode(const Config& config) {
  return config.listen_socket_mode == "0660" ? 0660 : 0600;
}

}  // namespace

Daemon::Daemon(DaemonOptions options)
    : options_(std::move(options)),
      liveness_(AllServices(),
                static_cast<int>(options_.config.limits_max_watchers)),
      readiness_(AllServices(),
                 static_cast<int>(options_.config.limits_max_watchers)),
      operations_(OperationsServices(options_.config),
                  static_cast<int>(options_.config.limits_max_watchers),
                  [this](const grpc::ServerContextBase& context) {
                    return services_->PermitHealth(context);
                  }),
      snapshots_({kSnapshotService},
                 static_cast<int>(options_.config.limits_max_watchers),
                 [this](const grpc::ServerContextBase& context) {
                   return services_->PermitHealth(context);
                 }),
      data_(DataServices(),
            static_cast<int>(options_.config.limits_max_watchers),
            [this](const grpc::ServerContextBase& context) {
              return services_->PermitHealth(context);
            }),
      livez_(&liveness_.board),
      readyz_(&readiness_.board) {}

Daemon::~Daemon() { Stop(); }

absl::StatusOr<std::unique_ptr<Daemon>> Daemon::Start(DaemonOptions options) {
  std::unique_ptr<Daemon> daemon(new Daemon(std::move(options)));
  HEAPD_RETURN_IF_ERROR(daemon->StartParts());
  return daemon;
}

absl::Status Daemon::StartParts() {
  HEAPD_ASSIGN_OR_RETURN(identity_, Identity::Load(options_.config));
  HEAPD_RETURN_IF_ERROR(OpenAccess());
  HEAPD_RETURN_IF_ERROR(OpenStorage());
  WarnOfSettings();
  services_ = std::make_unique<Services>(
      options_.config,
      ServiceSecurity{&identity_->authenticator(), access_.get(), audit_.get()},
      catalog_.get());
  HEAPD_RETURN_IF_ERROR(ListenOnPlanes());
  HEAPD_RETURN_IF_ERROR(ListenOnMetrics());
  operations_.board.SetAll(ServingState::kServing);
  snapshots_.board.SetAll(ServingState::kServing);
  SetReady(true);
  sampler_ = std::make_unique<ReadinessSampler>(
      services_->readiness_probe(),
      ReadinessPolicy({.max_wait = options_.config.readiness_max_wait,
                       .max_full = options_.config.readiness_max_full,
                       .recovery = options_.config.readiness_recovery}),
      [this](bool ready) {
        LogWarning("readiness", {{"ready", ready ? "true" : "false"}});
        SetReady(ready);
      });
  if (!options_.ports_file.empty()) {
    HEAPD_RETURN_IF_ERROR(WritePortsFile(options_.ports_file, addresses_));
  }
  LogInfo("serving", {{"memory_budget_bytes", options_.config.memory_budget}});
  StartReporting();
  return absl::OkStatus();
}

void Daemon::StartReporting() {
  if (options_.service_manager == nullptr) return;
  progress_ = std::make_unique<ProgressProbe>(
      sampler_.get(), liveness_.listener == nullptr
                          ? nullptr
                          : liveness_.listener->InProcessChannel());
  options_.service_manager->Ready();
  ServiceReporter::Sources sources;
  sources.makes_progress = [this](absl::Duration timeout) {
    return progress_->Ask(timeout);
  };
  sources.status = [this] { return DescribeForManager(); };
  reporter_ = std::make_unique<ServiceReporter>(options_.service_manager,
                                                std::move(sources));
}

std::string Daemon::DescribeForManager() const {
  const HeapRegistry& registry = services_->registry();
  const bool ready = readiness_.board.Get("") == ServingState::kServing;
  return absl::StrFormat("%s: %d heaps, %d MiB of %d MiB, %d calls in flight",
                         ready ? "ready" : "not ready", registry.All().size(),
                         registry.budget().charged_bytes() >> 20,
                         registry.budget().total_bytes() >> 20,
                         services_->admission().calls());
}

void Daemon::WarnOfSettings() const {
  const Config& config = options_.config;
  if (options_.plaintext_reach == Reach::kAnywhere) {
    LogWarning("insecure_setting",
               {{"flag", "--insecure-allow-plaintext-beyond-loopback"},
                {"effect",
                 "listeners without TLS can be reached from other machines"}});
  }
  if (!config.stress_stall_heap.empty()) {
    LogWarning("test_setting", {{"key", "stress.stall_heap"},
                                {"heap", config.stress_stall_heap},
                                {"effect", "this heap will be stuck"}});
  }
  if (config.stress_health_in_data_plane) {
    LogWarning("test_setting",
               {{"key", "stress.health_in_data_plane"},
                {"effect",
                 "nothing is refused, and liveness waits behind calls: under "
                 "load a balancer will kill this daemon"}});
  }
}

absl::Status Daemon::OpenAccess() {
  const Config& config = options_.config;
  HEAPD_ASSIGN_OR_RETURN(Policy policy, ConfiguredPolicy(config));
  LogInfo("policy",
          {{"file", config.auth_policy_file.empty() ? "built in"
                                                    : config.auth_policy_file},
           {"rules", policy.rule_count()}});
  access_ = std::make_unique<AccessControl>(std::move(policy));
  if (config.audit_file.empty()) return absl::OkStatus();
  HEAPD_ASSIGN_OR_RETURN(
      audit_, AuditLog::Open(config.audit_file, config.audit_max_file_bytes));
  return absl::OkStatus();
}

void Daemon::ReloadPolicy() {
  if (options_.config.auth_policy_file.empty()) return;
  absl::StatusOr<Policy> policy = ConfiguredPolicy(options_.config);
  if (!policy.ok()) {
    LogError("reload_refused",
             {{"what", "policy"}, {"error", policy.status()}});
    return;
  }
  LogInfo("reloaded", {{"what", "policy"}, {"rules", policy->rule_count()}});
  access_->Replace(*std::move(policy));
}

void Daemon::Reload() {
  ServiceManager* const manager = options_.service_manager;
  if (manager != nullptr) manager->Reloading();
  identity_->Reload();
  ReloadPolicy();
  if (manager != nullptr) manager->Ready();
}

absl::Status Daemon::OpenStorage() {
  HEAPD_ASSIGN_OR_RETURN(catalog_, OpenCatalog(options_.config));
  const RetentionLimits limits = RetentionOf(options_.config);
  if (catalog_ == nullptr || !limits.any()) return absl::OkStatus();
  if (audit_ != nullptr) {
    retention_audit_ = std::make_unique<RetentionAudit>(audit_.get());
  }
  SnapshotRetention::Options retention;
  retention.limits = limits;
  retention.observer = retention_audit_.get();
  retention_ = std::make_unique<SnapshotRetention>(catalog_.get(), retention);
  retention_->Start();
  return absl::OkStatus();
}

absl::Status Daemon::Listen(const std::string& name,
                            const std::vector<std::string>& addresses,
                            Plane& plane, std::vector<grpc::Service*> services,
                            ListenerOptions options) {
  if (addresses.empty()) return absl::OkStatus();
  options.name = "listen." + name;
  options.addresses = addresses;
  options.socket_mode = SocketMode(options_.config);
  options.credentials = identity_->CredentialsOf(name);
  options.plaintext_reach = options_.plaintext_reach;
  options.max_threads =
      kSpareThreads + 3 * static_cast<int>(options_.config.limits_max_watchers);
  const bool in_data_plane =
      &plane == &liveness_ && options_.config.stress_health_in_data_plane;
  services.push_back(in_data_plane ? services_->queued_health()
                                   : &plane.health);
  HEAPD_ASSIGN_OR_RETURN(plane.listener, Listener::Start(options, services));
  addresses_[name] = plane.listener->addresses();
  LogListening(name, options.credentials != nullptr);
  return absl::OkStatus();
}

absl::Status Daemon::ListenOnPlanes() {
  const Config& config = options_.config;
  grpc::reflection::InitProtoReflectionServerBuilderPlugin();
  // First, so that a slow start is not taken for a dead process.
  liveness_.board.SetAll(ServingState::kServing);
  HEAPD_RETURN_IF_ERROR(
      Listen("liveness", config.listen_liveness, liveness_, {}));
  HEAPD_RETURN_IF_ERROR(
      Listen("readiness", config.listen_readiness, readiness_, {}));
  HEAPD_RETURN_IF_ERROR(Listen("operations", config.listen_operations,
                               operations_, services_->operations()));
  HEAPD_RETURN_IF_ERROR(Listen("snapshots", config.listen_snapshots, snapshots_,
                               services_->snapshots()));
  ListenerOptions data;
  data.max_request_bytes = config.limits_max_message;
  if (!config.stress_health_in_data_plane) {
    data.max_streams_per_connection =
        static_cast<int>(config.limits_max_calls_per_connection);
  }
  // Of an admitted request half of what it counts with is what gRPC keeps.
  data.max_receive_bytes =
      config.limits_max_in_flight_bytes / 2 + kSpareReceiveBytes;
  std::vector<grpc::Service*> services = services_->data();
  services.insert(services.end(), options_.extra_data_services.begin(),
                  options_.extra_data_services.end());
  return Listen("data", config.listen_data, data_, std::move(services), data);
}

absl::Status Daemon::ListenOnMetrics() {
  if (options_.config.listen_metrics.empty()) return absl::OkStatus();
  metrics_collector_ = std::make_unique<MetricsCollector>(
      MetricsSources{services_.get(), catalog_.get(), &readiness_.board,
                     static_cast<size_t>(options_.config.metrics_max_heaps)});
  metrics_handler_ = std::make_unique<MetricsHandler>(
      &identity_->authenticator(), access_.get(), metrics_collector_.get());
  router_.Add("GET", "/livez", &livez_);
  router_.Add("GET", "/readyz", &readyz_);
  router_.Add("GET", "/metrics", metrics_handler_.get());
  page_ = std::make_unique<Page>(operations_.listener->InProcessChannel());
  page_->AddTo(&router_);
  HttpListenerOptions options;
  options.name = "listen.metrics";
  options.addresses = options_.config.listen_metrics;
  options.socket_mode = SocketMode(options_.config);
  options.tls = identity_->HandshakeOf("metrics");
  options.plaintext_reach = options_.plaintext_reach;
  options.handler_threads = kHttpThreads;
  HEAPD_ASSIGN_OR_RETURN(metrics_, HttpListener::Start(options, &router_));
  addresses_["metrics"] = metrics_->addresses();
  LogListening("metrics", options.tls.has_value());
  return absl::OkStatus();
}

void Daemon::LogListening(const std::string& plane, bool encrypted) const {
  LogInfo("listening", {{"plane", plane},
                        {"addresses", absl::StrJoin(addresses_.at(plane), ",")},
                        {"tls", encrypted ? "on" : "off"}});
}

void Daemon::SetReady(bool ready) {
  const ServingState state =
      ready ? ServingState::kServing : ServingState::kNotServing;
  readiness_.board.SetAll(state);
  data_.board.SetAll(state);
}

void Daemon::StopPlane(Plane& plane, absl::Time deadline) {
  plane.board.Close();
  if (plane.listener == nullptr) return;
  plane.listener->Shutdown(
      std::max(absl::ZeroDuration(), deadline - absl::Now()));
  plane.listener.reset();
}

// Readiness first, and calls are refused only when balancers had the time to
// see it: until then they send some.
void Daemon::LeaveTraffic() {
  LogInfo("stopping",
          {{"readiness_delay", options_.config.shutdown_readiness_delay},
           {"grace", options_.config.shutdown_grace}});
  if (reporter_ != nullptr) {
    options_.service_manager->Stopping();
    progress_->ForgetSampler();
    reporter_->BeginStop();
  }
  sampler_->Stop();
  SetReady(false);
  operations_.board.SetAll(ServingState::kNotServing);
  snapshots_.board.SetAll(ServingState::kNotServing);
  absl::SleepFor(options_.config.shutdown_readiness_delay);
}

void Daemon::Stop() {
  if (std::exchange(stopped_, true)) return;
  // There was nothing to stop when the start failed half way.
  const bool served = sampler_ != nullptr;
  if (served) LeaveTraffic();
  const absl::Time deadline = absl::Now() + options_.config.shutdown_grace;
  if (services_ != nullptr) services_->BeginDrain();
  // Before the calls are waited for: a snapshot may have the lane they need.
  if (catalog_ != nullptr) catalog_->Close();
  StopPlane(data_, deadline);
  StopPlane(operations_, deadline);
  StopPlane(snapshots_, deadline);
  StopPlane(readiness_, deadline);
  // What it serves asks the services; /livez and /readyz answer until here.
  if (metrics_ != nullptr) {
    metrics_->Shutdown(std::max(absl::ZeroDuration(), deadline - absl::Now()));
    metrics_.reset();
  }
  if (services_ != nullptr) services_->Stop();
  // It asks liveness.
  reporter_.reset();
  StopPlane(liveness_, deadline);
  if (served) LogInfo("stopped");
}

}  // namespace heapd::server
