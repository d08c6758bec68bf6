#ifndef HEAPD_CLIENT_HEAPLOAD_LOAD_WATCHERS_H_
#define HEAPD_CLIENT_HEAPLOAD_LOAD_WATCHERS_H_

#include <memory>
#include <vector>

#include "absl/status/status.h"
#include "client/heapload/load/clock.h"
#include "client/heapload/load/collection_watch.h"
#include "client/heapload/load/health_prober.h"
#include "client/heapload/load/heap_sampler.h"
#include "client/heapload/load/load_options.h"
#include "client/heapload/load/progress.h"
#include "client/heapload/run_report.h"

namespace heapd::heapload {

// Everything that looks at the daemon while it is loaded: the heap's size, its
// collections, and health. Single-threaded; ends what runs when it is
// destroyed.
class Watchers {
 public:
  Watchers() = default;
  Watchers(const Watchers&) = delete;
  Watchers& operator=(const Watchers&) = delete;

  // Once. INVALID_ARGUMENT for an address that is none. `clock` outlives it.
  absl::Status Start(const LoadOptions& options, const RunClock& clock);
  // What was seen last.
  void Describe(ProgressState& state) const;
  // Ends and hands over what was seen.
  void Stop(RunReport& report);

 private:
  std::unique_ptr<HeapSampler> heap_;
  std::unique_ptr<CollectionWatch> collections_;
  std::vector<std::unique_ptr<HealthProber>> probers_;
};

}  // namespace heapd::heapload

#endif  // HEAPD_CLIENT_HEAPLOAD_LOAD_WATCHERS_H_
