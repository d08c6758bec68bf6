#ifndef HEAPD_SERVER_OPS_READINESS_H_
#define HEAPD_SERVER_OPS_READINESS_H_

#include <atomic>
#include <cstdint>
#include <functional>
#include <optional>
#include <thread>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"

namespace heapd::server {

// How calls fare at one moment.
struct ReadinessSample {
  // How long the oldest call has waited that has not begun, or the one has been
  // at work that keeps others from beginning, whichever is longer.
  absl::Duration longest_wait;
  // Calls are refused because too much is in flight.
  bool is_full = false;
};

// What readiness looks at. Implemented by what queues calls; sampled often, so
// it must not wait: it reads counters and takes no heap's lane.
class ReadinessProbe {
 public:
  virtual ~ReadinessProbe() = default;
  // For one thread.
  virtual ReadinessSample Sample() = 0;
};

// Turns samples into ready or not, with hysteresis. Single-threaded.
//
//            a wait over max_wait, or full for longer than max_full
//     ready ------------------------------------------------------> not ready
//           <------------------------------------------------------
//            waits below half of max_wait and not full, for recovery
class ReadinessPolicy {
 public:
  struct Options {
    absl::Duration max_wait;
    absl::Duration max_full;
    absl::Duration recovery;
  };
  explicit ReadinessPolicy(const Options& options) : options_(options) {}

  // Takes one sample and says whether to take traffic.
  bool Update(const ReadinessSample& sample, absl::Time now);

 private:
  bool IsTooMuch(const ReadinessSample& sample, absl::Time now);

  const Options options_;
  bool ready_ = true;
  std::optional<absl::Time> full_since_;
  std::optional<absl::Time> calm_since_;  // set while recovering
};

// Samples a probe ten times a second on a thread of its own and reports each
// change of the policy's verdict. Thread-safe.
class ReadinessSampler {
 public:
  // `report` is called on the sampler's thread with each new verdict; the
  // first is taken to be "ready". `probe` outlives the sampler.
  ReadinessSampler(ReadinessProbe* probe, ReadinessPolicy policy,
                   std::function<void(bool ready)> report);
  // As Stop().
  ~ReadinessSampler();
  ReadinessSampler(const ReadinessSampler&) = delete;
  ReadinessSampler& operator=(const ReadinessSampler&) = delete;

  // Joins the thread; afterwards nothing is reported.
  void Stop() ABSL_LOCKS_EXCLUDED(mu_);

  // How often the probe was sampled: it stands still when the probe does.
  uint64_t sample_count() const {
    return sample_count_.load(std::memory_order_relaxed);
  }

 private:
  void Run() ABSL_LOCKS_EXCLUDED(mu_);
  bool WaitForNextSample() ABSL_LOCKS_EXCLUDED(mu_);

  ReadinessProbe* const probe_;
  ReadinessPolicy policy_;  // the thread's own
  const std::function<void(bool)> report_;
  absl::Mutex mu_;
  bool stopping_ ABSL_GUARDED_BY(mu_) = false;
  // Relaxed: a count, which publishes nothing.
  std::atomic<uint64_t> sample_count_{0};
  std::thread thread_;
};

}  // namespace heapd::server

#endif  // HEAPD_SERVER_OPS_READINESS_H_
