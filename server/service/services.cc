#include "server/service/services.h"

#include <filesystem>
#include <limits>
#include <string>

#include "heap/base/check.h"
#include "server/service/audited_call.h"
#include "server/service/caller.h"
#include "server/service/status.h"

namespace heapd::server {
namespace {

// Calls of the synchronous services of one plane, each on a thread; see
// kSpareThreads in daemon.cc.
constexpr int64_t kMaxAdministration = 48;

// Two, so that one can finish calls while the other has the lane.
constexpr int kTurnThreads = 2;

HeapRegistryOptions RegistryOptions(const Config& config) {
  HeapRegistryOptions options;
  options.budget_bytes = config.memory_budget;
  options.default_limit_bytes = config.memory_default_heap_limit;
  options.default_new_space_bytes = config.memory_new_space;
  options.max_heaps = static_cast<size_t>(config.memory_max_heaps);
  options.clear_free_memory = config.memory_clear_free;
  options.stress.verify_heap = config.stress_verify_heap;
  options.stress.compact_always = config.stress_compact_always;
  options.stress.random_delays = config.stress_random_delays;
  options.stress.make_scratch_objects = config.stress_make_scratch_objects;
  options.stress.collection_interval =
      static_cast<uint64_t>(config.stress_collection_interval);
  return options;
}

AdmissionLimits LimitsOf(const Config& config) {
  AdmissionLimits limits;
  limits.daemon = {config.limits_max_in_flight_calls,
                   config.limits_max_in_flight_bytes};
  limits.heap = {config.limits_max_in_flight_calls_per_heap,
                 config.limits_max_in_flight_bytes_per_heap};
  limits.session = {config.limits_max_in_flight_calls_per_session,
                    config.limits_max_in_flight_bytes_per_session};
  if (config.stress_health_in_data_plane) {
    const WorkBounds none = {WorkBounds::kMaxCalls, WorkBounds::kMaxBytes};
    limits = {none, none, none};
  }
  return limits;
}

// What the configuration says of heaps and their calls.
void Configure(const Config& config, HostEnvironment* environment) {
  // Admission refuses first. Beside its calls, those of synchronous services
  // wait, and some of the daemon's own.
  environment->max_waiting_calls =
      static_cast<size_t>(config.limits_max_in_flight_calls) +
      3 * kMaxAdministration;
  if (config.stress_health_in_data_plane) {
    environment->max_waiting_calls = std::numeric_limits<size_t>::max();
    environment->heed_deadlines = false;
  }
  environment->leak = {
      config.leak_window, config.leak_sample_interval, config.leak_min_growth,
      static_cast<double>(config.leak_min_growth_percent) / 100};
  environment->stalled_heap = config.stress_stall_heap;
  environment->stall_duration = config.stress_stall_duration;
}

// Where snapshots go, or else where temporary files do.
std::string SpillDirectory(const Config& config) {
  return config.snapshots_directory.empty()
             ? std::filesystem::temp_directory_path().string()
             : config.snapshots_directory;
}

// Memory for snapshots of heaps near their limits, where some are wanted. The
// budget has it, for there is no heap yet (CheckConfig()).
std::unique_ptr<NearLimitReserve> KeepReserve(const Config& config,
                                              MemoryBudget* budget) {
  if (config.snapshots_near_limit_count == 0) return nullptr;
  absl::StatusOr<std::unique_ptr<NearLimitReserve>> reserve =
      NearLimitReserve::Create(budget, config.snapshots_near_limit_reserve);
  HEAPD_CHECK(reserve.ok());
  return *std::move(reserve);
}

}  // namespace

Services::Services(const Config& config, const ServiceSecurity& security,
                   SnapshotCatalog* catalog, const Clock* clock)
    : turns_("turns", kTurnThreads),
      collections_("collections", static_cast<int>(config.workers_threads)),
      marking_("marking", static_cast<int>(config.marking_threads),
               static_cast<int>(config.marking_nice)),
      stalls_(config.stress_stall_heap.empty()
                  ? nullptr
                  : std::make_unique<WorkerPool>("stalls", 1)),
      answers_(config.limits_max_answers),
      registry_(RegistryOptions(config),
                [&] {
                  HostEnvironment environment;
                  environment.turns = &turns_;
                  environment.collections = &collections_;
                  environment.marking = &marking_;
                  environment.stalls = stalls_.get();
                  environment.clock = clock != nullptr ? clock : &system_clock_;
                  environment.counters = &counters_;
                  environment.requests.budget = &answers_;
                  Configure(config, &environment);
                  return environment;
                }()),
      lease_timer_(&registry_),
      near_limit_reserve_(KeepReserve(config, &registry_.budget())),
      snapshot_jobs_(catalog == nullptr
                         ? nullptr
                         : std::make_unique<SnapshotJobs>(
                               catalog,
                               static_cast<int>(config.snapshots_max_running),
                               SpillDirectory(config),
                               [this, audit = security.audit](
                                   const SnapshotRecord& snapshot,
                                   const absl::Status& end) {
                                 snapshot_meter_.Ended(snapshot, end);
                                 if (audit != nullptr) {
                                   AuditSnapshotEnd(audit, snapshot, end);
                                 }
                                 if (automatic_ != nullptr) {
                                   automatic_->OnSnapshotEnd(snapshot, end);
                                 }
                               },
                               static_cast<int>(config.snapshots_nice))),
      automatic_(AutomaticPlan::IsWanted(config)
                     ? std::make_unique<AutomaticActions>(
                           config,
                           AutomaticActions::Parts{
                               &registry_, snapshot_jobs_.get(), security.audit,
                               clock != nullptr ? clock : &system_clock_})
                     : nullptr),
      calls_(LimitsOf(config), &counters_),
      streams_(
          {.daemon = {LimitsOf(config).daemon.calls, WorkBounds::kMaxBytes},
           .heap = {},
           .session = {}},
          &counters_),
      load_probe_(&registry_, &calls_, &counters_),
      data_gate_(&drain_, kMaxAdministration, &calls_, &counters_),
      operations_gate_(&drain_, kMaxAdministration, nullptr, &counters_),
      snapshots_gate_(&drain_, kMaxAdministration, nullptr, &counters_),
      core_{.registry = &registry_,
            .security = security,
            .calls = &calls_,
            .streams = &streams_,
            .counters = &counters_,
            .meter = &call_meter_,
            .heed_deadlines = !config.stress_health_in_data_plane,
            .drain = &drain_,
            .batch_messages = &batch_messages_,
            .default_time_to_live = config.sessions_default_time_to_live,
            .max_time_to_live = config.sessions_max_time_to_live,
            .max_watchers = static_cast<int>(config.limits_max_watchers),
            .collection_watchers = &collection_watchers_,
            .snapshot_watchers = &snapshot_watchers_,
            .downloads = &downloads_,
            .analyses = &analyses_,
            .spill_directory = SpillDirectory(config)},
      object_service_(&core_),
      data_heap_service_(&core_, &data_gate_),
      operations_heap_service_(&core_, &operations_gate_),
      data_collector_service_(&core_, &data_gate_),
      operations_collector_service_(&core_, &operations_gate_),
      snapshots_apart_(!config.listen_snapshots.empty()),
      snapshot_service_(&core_,
                        snapshots_apart_ ? &snapshots_gate_ : &operations_gate_,
                        catalog, snapshot_jobs_.get()),
      queued_health_(&registry_) {
  if (near_limit_reserve_ != nullptr && snapshot_jobs_ != nullptr) {
    snapshot_jobs_->UseNearLimitReserve(near_limit_reserve_->budget());
  }
  if (automatic_ != nullptr) automatic_->Start();
}

Services::~Services() { Stop(); }

std::vector<grpc::Service*> Services::data() {
  return {&object_service_, &data_heap_service_, &data_collector_service_};
}

std::vector<grpc::Service*> Services::operations() {
  std::vector<grpc::Service*> services = {&operations_heap_service_,
                                          &operations_collector_service_};
  if (!snapshots_apart_) services.push_back(&snapshot_service_);
  return services;
}

std::vector<grpc::Service*> Services::snapshots() {
  return {&snapshot_service_};
}

std::vector<std::pair<absl::string_view, absl::Duration>>
Services::PoolTimes() {
  return {{"turns", turns_.CpuTime()},
          {"collections", collections_.CpuTime()},
          {"marking", marking_.CpuTime()}};
}

grpc::Status Services::PermitHealth(
    const grpc::ServerContextBase& context) const {
  Caller caller(core_);
  absl::Status permitted = caller.Identify(context);
  if (permitted.ok()) permitted = caller.CheckOnAny({Permission::kHealth});
  return ToGrpcStatus(permitted);
}

void Services::BeginDrain() {
  drain_.Begin();
  if (automatic_ != nullptr) automatic_->Cease();
  for (const auto& hosted : registry_.All()) hosted->EndStall();
}

void Services::Stop() {
  BeginDrain();
  lease_timer_.Stop();
  // It must not take heaps that are closed for deleted ones.
  if (automatic_ != nullptr) automatic_->Stop();
  // Heaps first: their lanes still need the threads to come to an end.
  registry_.Stop();
  if (snapshot_jobs_ != nullptr) snapshot_jobs_->Stop();
  marking_.Stop();
  collections_.Stop();
  if (stalls_ != nullptr) stalls_->Stop();
  turns_.Stop();
}

}  // namespace heapd::server
