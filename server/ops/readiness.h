#ifndef HEAPD_SERVER_OPS_READINESS_H_
#define HEAPD_SERVER_OPS_READINESS_H_

#include <functional>
#include <optional>
#include <thread>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"

namespace heapd::server {

// What readiness looks at. Implemented by what queues calls; sampled often, so
// it must not wait: it reads counters and takes no heap's lock.
class ReadinessProbe {
 public:
  virtual ~ReadinessProbe() = default;
  // How long the oldest call that has not begun has waited; zero if none
  // waits. Thread-safe.
  virtual absl::Duration OldestWaitingCallAge() const = 0;
};

// Turns samples into ready or not, with hysteresis: one wait over `max_wait`
// makes it not ready; it is ready again after every wait stayed below half of
// that for `recovery`. Single-threaded.
class ReadinessPolicy {
 public:
  ReadinessPolicy(absl::Duration max_wait, absl::Duration recovery)
      : max_wait_(max_wait), recovery_(recovery) {}

  // Takes one sample and says whether to take traffic.
  bool Update(absl::Duration oldest_wait, absl::Time now);

 private:
  const absl::Duration max_wait_;
  const absl::Duration recovery_;
  bool ready_ = true;
  std::optional<absl::Time> calm_since_;  // set while recovering
};

// Samples a probe ten times a second on a thread of its own and reports each
// change of the policy's verdict. Thread-safe.
class ReadinessSampler {
 public:
  // `report` is called on the sampler's thread with each new verdict; the
  // first is taken to be "ready". `probe` outlives the sampler.
  ReadinessSampler(const ReadinessProbe* probe, ReadinessPolicy policy,
                   std::function<void(bool ready)> report);
  // As Stop().
  ~ReadinessSampler();
  ReadinessSampler(const ReadinessSampler&) = delete;
  ReadinessSampler& operator=(const ReadinessSampler&) = delete;

  // Joins the thread; afterwards nothing is reported.
  void Stop() ABSL_LOCKS_EXCLUDED(mu_);

 private:
  void Run() ABSL_LOCKS_EXCLUDED(mu_);
  bool WaitForNextSample() ABSL_LOCKS_EXCLUDED(mu_);

  const ReadinessProbe* const probe_;
  ReadinessPolicy policy_;  // the thread's own
  const std::function<void(bool)> report_;
  absl::Mutex mu_;
  bool stopping_ ABSL_GUARDED_BY(mu_) = false;
  std::thread thread_;
};

}  // namespace heapd::server

#endif  // HEAPD_SERVER_OPS_READINESS_H_
