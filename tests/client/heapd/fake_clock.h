#ifndef HEAPD_TESTS_CLIENT_HEAPD_FAKE_CLOCK_H_
#define HEAPD_TESTS_CLIENT_HEAPD_FAKE_CLOCK_H_

#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/clock.h"
#include "client/heapd/clock.h"

namespace heapd::client {

// A clock that is set forward by whoever waits. Thread-safe.
class FakeClock : public Clock {
 public:
  absl::Time Now() override {
    absl::MutexLock lock(&mu_);
    return now_;
  }
  void Wait(absl::Duration duration) override {
    absl::MutexLock lock(&mu_);
    now_ += duration;
    waits_.push_back(duration);
  }

  std::vector<absl::Duration> waits() const {
    absl::MutexLock lock(&mu_);
    return waits_;
  }

 private:
  mutable absl::Mutex mu_;
  // From the real time on, since gRPC sees deadlines too.
  absl::Time now_ ABSL_GUARDED_BY(mu_) = absl::Now();
  std::vector<absl::Duration> waits_ ABSL_GUARDED_BY(mu_);
};

}  // namespace heapd::client

#endif  // HEAPD_TESTS_CLIENT_HEAPD_FAKE_CLOCK_H_
