#include "server/service/services.h"

#include <limits>

namespace heapd::server {
namespace {

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

HostEnvironment Environment(WorkerPool* turns, WorkerPool* collections,
                            WorkerPool* marking, const Clock* clock) {
  HostEnvironment environment;
  environment.turns = turns;
  environment.collections = collections;
  environment.marking = marking;
  environment.clock = clock;
  return environment;
}

}  // namespace

Services::Services(const Config& config, const BearerTokens* tokens,
                   SnapshotCatalog* catalog, const Clock* clock)
    : turns_("turns", kTurnThreads),
      collections_("collections", static_cast<int>(config.workers_threads)),
      marking_("marking", static_cast<int>(config.marking_threads)),
      registry_(RegistryOptions(config),
                Environment(&turns_, &collections_, &marking_,
                            clock != nullptr ? clock : &system_clock_)),
      lease_timer_(&registry_),
      snapshot_jobs_(
          catalog == nullptr
              ? nullptr
              : std::make_unique<SnapshotJobs>(
                    catalog, static_cast<int>(config.snapshots_max_running))),
      calls_(config.limits_max_in_flight_calls,
             config.limits_max_in_flight_bytes),
      streams_(config.limits_max_in_flight_calls,
               std::numeric_limits<uint64_t>::max()),
      core_{.registry = &registry_,
            .calls = &calls_,
            .streams = &streams_,
            .drain = &drain_,
            .batch_messages = &batch_messages_,
            .default_time_to_live = config.sessions_default_time_to_live,
            .max_time_to_live = config.sessions_max_time_to_live,
            .max_watchers = static_cast<int>(config.limits_max_watchers),
            .collection_watchers = &collection_watchers_,
            .snapshot_watchers = &snapshot_watchers_},
      object_service_(&core_),
      data_heap_service_(&core_),
      operations_heap_service_(&core_),
      data_collector_service_(&core_),
      operations_collector_service_(&core_),
      snapshot_service_(&core_, tokens, catalog, snapshot_jobs_.get()) {}

Services::~Services() { Stop(); }

std::vector<grpc::Service*> Services::data() {
  return {&object_service_, &data_heap_service_, &data_collector_service_};
}

std::vector<grpc::Service*> Services::operations() {
  return {&operations_heap_service_, &operations_collector_service_,
          &snapshot_service_};
}

void Services::Stop() {
  drain_.Begin();
  lease_timer_.Stop();
  // Heaps first: their lanes still need the threads to come to an end.
  registry_.Stop();
  if (snapshot_jobs_ != nullptr) snapshot_jobs_->Stop();
  marking_.Stop();
  collections_.Stop();
  turns_.Stop();
}

}  // namespace heapd::server
