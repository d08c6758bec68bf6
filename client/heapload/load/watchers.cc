#include "client/heapload/load/watchers.h"

#include <string>
#include <utility>

#include "client/heapd/status_macros.h"

namespace heapd::heapload {

absl::Status Watchers::Start(const LoadOptions& options,
                             const RunClock& clock) {
  for (const auto& [name, address] :
       {std::pair<std::string, std::string>("liveness", options.liveness),
        std::pair<std::string, std::string>("readiness", options.readiness)}) {
    if (address.empty()) continue;
    HealthProberOptions prober;
    prober.name = name;
    prober.address = address;
    prober.credentials = options.credentials;
    prober.interval = absl::ToInt64Nanoseconds(options.probe_interval);
    prober.timeout = absl::ToInt64Nanoseconds(options.probe_timeout);
    HEAPD_CLIENT_ASSIGN_OR_RETURN(
        auto started, HealthProber::Start(std::move(prober), clock));
    probers_.push_back(std::move(started));
  }
  HEAPD_CLIENT_ASSIGN_OR_RETURN(
      heap_,
      HeapSampler::Start(options.address, options.credentials, options.heap,
                         absl::ToInt64Nanoseconds(options.interval), clock));
  HEAPD_CLIENT_ASSIGN_OR_RETURN(
      collections_, CollectionWatch::Start(options.address, options.credentials,
                                           options.heap, clock));
  return absl::OkStatus();
}

void Watchers::Describe(ProgressState& state) const {
  state.heap = heap_->Last();
  for (const std::unique_ptr<HealthProber>& prober : probers_) {
    state.health.emplace_back(prober->name(), prober->Last());
  }
}

void Watchers::Stop(RunReport& report) {
  for (const std::unique_ptr<HealthProber>& prober : probers_) {
    report.probes.push_back(prober->Stop());
  }
  report.heap_samples = heap_->Stop();
  CollectionWatch::Result collections = collections_->Stop();
  report.collections = std::move(collections.collections);
  report.missed_collections = collections.missed;
  report.collections_watched = collections.watched;
}

}  // namespace heapd::heapload
