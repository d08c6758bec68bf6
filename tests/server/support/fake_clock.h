#ifndef HEAPD_TESTS_SERVER_SUPPORT_FAKE_CLOCK_H_
#define HEAPD_TESTS_SERVER_SUPPORT_FAKE_CLOCK_H_

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "server/host/clock.h"

namespace heapd::server {

// A clock that goes on only when a test says so. Thread-safe.
class FakeClock final : public Clock {
 public:
  absl::Time Now() const override {
    absl::MutexLock lock(&mu_);
    return now_;
  }
  void Advance(absl::Duration duration) {
    absl::MutexLock lock(&mu_);
    now_ += duration;
  }

 private:
  mutable absl::Mutex mu_;
  absl::Time now_ ABSL_GUARDED_BY(mu_) = absl::FromUnixSeconds(1'000'000);
};

}  // namespace heapd::server

#endif  // HEAPD_TESTS_SERVER_SUPPORT_FAKE_CLOCK_H_
