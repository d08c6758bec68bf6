#ifndef HEAPD_SERVER_DAEMON_H_
#define HEAPD_SERVER_DAEMON_H_

#include <grpcpp/grpcpp.h>

#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "server/audit/audit_log.h"
#include "server/auth/access_control.h"
#include "server/auth/identity.h"
#include "server/http/health_handler.h"
#include "server/http/http_listener.h"
#include "server/http/http_router.h"
#include "server/metrics/metrics_collector.h"
#include "server/metrics/metrics_handler.h"
#include "server/ops/address.h"
#include "server/ops/config.h"
#include "server/ops/health.h"
#include "server/ops/listener.h"
#include "server/ops/progress_probe.h"
#include "server/ops/readiness.h"
#include "server/ops/service_manager.h"
#include "server/ops/service_reporter.h"
#include "server/page/page_handlers.h"
#include "server/service/retention_audit.h"
#include "server/service/services.h"
#include "server/storage/snapshot_catalog.h"
#include "server/storage/snapshot_retention.h"

namespace heapd::server {

struct DaemonOptions {
  // Complete and checked (ParseCommandLine(), or ResolveDefaults()).
  Config config;
  // Where the bound addresses are written, or empty.
  std::string ports_file;
  // Served on the data plane beside the daemon's own; they outlive it.
  std::vector<grpc::Service*> extra_data_services;
  // Where listeners without TLS may be reached from.
  Reach plaintext_reach = Reach::kThisMachine;
  // Who is told how the daemon is, if anybody; outlives it.
  ServiceManager* service_manager = nullptr;
};

// The daemon: owns every part, and is the one place that knows in which order
// they start and stop (server/README.md gives the reasons). Single-threaded:
// one thread starts, stops and destroys it.
class Daemon {
 public:
  // Starts everything; the error names what could not start, after which
  // nothing runs.
  static absl::StatusOr<std::unique_ptr<Daemon>> Start(DaemonOptions options);

  // As Stop().
  ~Daemon();
  Daemon(const Daemon&) = delete;
  Daemon& operator=(const Daemon&) = delete;

  // Says NOT_SERVING, goes on for shutdown.readiness_delay, refuses new calls,
  // lets those in flight finish within shutdown.grace, ends snapshots, joins
  // every thread. Harmless when repeated.
  void Stop();

  // Reads again what may change while the daemon runs: see Identity,
  // and auth.policy_file. What cannot be read or is wrong is logged, and what
  // held before stays.
  void Reload();

  // What was bound by plane ("data", "operations", "liveness", "readiness",
  // "metrics", "snapshots"), ports filled in.
  const std::map<std::string, std::vector<std::string>>& addresses() const {
    return addresses_;
  }

 private:
  // A server and what it says about its health.
  struct Plane {
    Plane(const std::vector<std::string>& services, int max_watchers,
          HealthService::Gate gate = nullptr)
        : board(services), health(&board, max_watchers, std::move(gate)) {}

    HealthBoard board;
    HealthService health;
    std::unique_ptr<Listener> listener;  // null: not configured, or stopped
  };

  explicit Daemon(DaemonOptions options);

  absl::Status StartParts();
  absl::Status OpenStorage();
  absl::Status OpenAccess();
  void ReloadPolicy();
  void WarnOfSettings() const;
  absl::Status Listen(const std::string& name,
                      const std::vector<std::string>& addresses, Plane& plane,
                      std::vector<grpc::Service*> services,
                      ListenerOptions options = {});
  absl::Status ListenOnPlanes();
  // The listener that speaks HTTP.
  absl::Status ListenOnMetrics();
  void LogListening(const std::string& plane, bool encrypted) const;
  void SetReady(bool ready);
  void StartReporting();
  std::string DescribeForManager() const;
  void LeaveTraffic();
  void StopPlane(Plane& plane, absl::Time deadline);

  const DaemonOptions options_;
  std::unique_ptr<Identity> identity_;
  std::unique_ptr<AccessControl> access_;
  std::unique_ptr<AuditLog> audit_;                  // null without audit.file
  std::unique_ptr<SnapshotCatalog> catalog_;         // null without a directory
  std::unique_ptr<RetentionAudit> retention_audit_;  // null without audit.file
  // Null where everything stays. It ends when the catalog is closed.
  std::unique_ptr<SnapshotRetention> retention_;
  std::unique_ptr<Services> services_;
  Plane liveness_;
  Plane readiness_;
  Plane operations_;
  Plane snapshots_;  // if it is not a part of operations
  Plane data_;
  HealthHandler livez_;
  HealthHandler readyz_;
  std::unique_ptr<Page> page_;  // null without listen.metrics
  std::unique_ptr<MetricsCollector> metrics_collector_;
  std::unique_ptr<MetricsHandler> metrics_handler_;
  HttpRouter router_;
  std::unique_ptr<HttpListener> metrics_;  // null: not configured, or stopped
  std::unique_ptr<ReadinessSampler> sampler_;
  // Null where nobody is told.
  std::unique_ptr<ProgressProbe> progress_;
  std::unique_ptr<ServiceReporter> reporter_;
  std::map<std::string, std::vector<std::string>> addresses_;
  bool stopped_ = false;
};

}  // namespace heapd::server

#endif  // HEAPD_SERVER_DAEMON_H_
