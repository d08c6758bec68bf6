#ifndef HEAPD_SERVER_SERVICE_SERVICES_H_
#define HEAPD_SERVER_SERVICE_SERVICES_H_

#include <grpcpp/impl/service_type.h>

#include <atomic>
#include <memory>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "server/host/admission.h"
#include "server/host/admission_counters.h"
#include "server/host/automatic_actions.h"
#include "server/host/clock.h"
#include "server/host/heap_registry.h"
#include "server/host/lease_timer.h"
#include "server/host/near_limit_reserve.h"
#include "server/host/snapshot_jobs.h"
#include "server/host/snapshot_meter.h"
#include "server/host/worker_pool.h"
#include "server/ops/config.h"
#include "server/ops/readiness.h"
#include "server/service/call_meter.h"
#include "server/service/collector_service.h"
#include "server/service/drain.h"
#include "server/service/heap_service.h"
#include "server/service/load_probe.h"
#include "server/service/object_service.h"
#include "server/service/plane_gate.h"
#include "server/service/queued_health.h"
#include "server/service/service_core.h"
#include "server/service/snapshot_service.h"
#include "server/storage/snapshot_catalog.h"

namespace heapd::server {

// All heaps and all services on them, with their threads. Stop in this order:
//
//   1. BeginDrain()              new calls are refused, streams end
//   2. shut the servers down     calls in flight finish
//   3. SnapshotCatalog::Close()  running snapshots give up
//   4. Stop()                    every lane is idle, every thread joined
//
// Step 3 may come earlier. Thread-safe but for Stop() and destruction, which
// are one thread's.
class Services {
 public:
  // `config` is complete (ResolveDefaults()). `catalog` is null where no
  // storage is configured; `clock` null takes the system's. All outlive this.
  Services(const Config& config, const ServiceSecurity& security,
           SnapshotCatalog* catalog, const Clock* clock = nullptr);
  // As Stop().
  ~Services();
  Services(const Services&) = delete;
  Services& operator=(const Services&) = delete;

  // For one server each. Objects, heaps and collector:
  std::vector<grpc::Service*> data();
  // Heaps, collector and, unless they have a server of their own, snapshots:
  std::vector<grpc::Service*> operations();
  // Snapshots, where `listen.snapshots` is set:
  std::vector<grpc::Service*> snapshots();

  // Whether a caller may ask a plane for its health.
  grpc::Status PermitHealth(const grpc::ServerContextBase& context) const;

  // For stress.health_in_data_plane, in place of the health of liveness.
  grpc::Service* queued_health() { return &queued_health_; }

  // For one thread.
  ReadinessProbe* readiness_probe() { return &load_probe_; }
  HeapRegistry& registry() { return registry_; }
  // Of the data plane.
  const Admission& admission() const { return calls_; }

  // For metrics.
  const AdmissionCounters& admission_counters() const { return counters_; }
  const CallMeter& call_meter() const { return call_meter_; }
  const SnapshotMeter& snapshot_meter() const { return snapshot_meter_; }
  const AnswerBudget& answers() const { return answers_; }
  // Processor time by kind of thread.
  std::vector<std::pair<absl::string_view, absl::Duration>> PoolTimes();

  void BeginDrain();

  // REQUIRES: the servers have been shut down. Harmless when repeated.
  void Stop();

 private:
  const SystemClock system_clock_;
  // Declared in the order in which they need each other.
  WorkerPool turns_;
  WorkerPool collections_;
  WorkerPool marking_;
  std::unique_ptr<WorkerPool> stalls_;  // null unless a test wants one
  AdmissionCounters counters_;
  CallMeter call_meter_;
  SnapshotMeter snapshot_meter_;
  AnswerBudget answers_;
  HeapRegistry registry_;
  LeaseTimer lease_timer_;
  std::unique_ptr<NearLimitReserve> near_limit_reserve_;  // null: none is kept
  std::unique_ptr<SnapshotJobs> snapshot_jobs_;  // null without storage
  // Null: nothing is to be done by itself.
  std::unique_ptr<AutomaticActions> automatic_;
  Admission calls_;
  Admission streams_;
  LoadProbe load_probe_;
  Drain drain_;
  PlaneGate data_gate_;
  PlaneGate operations_gate_;
  PlaneGate snapshots_gate_;  // of a server of their own
  BatchMessages batch_messages_;
  std::atomic<int> collection_watchers_{0};
  std::atomic<int> snapshot_watchers_{0};
  std::atomic<int> downloads_{0};
  std::atomic<int> analyses_{0};
  const ServiceCore core_;
  ObjectService object_service_;
  HeapService data_heap_service_;
  HeapService operations_heap_service_;
  CollectorService data_collector_service_;
  CollectorService operations_collector_service_;
  const bool snapshots_apart_;
  SnapshotService snapshot_service_;
  QueuedHealthService queued_health_;
};

}  // namespace heapd::server

#endif  // HEAPD_SERVER_SERVICE_SERVICES_H_
