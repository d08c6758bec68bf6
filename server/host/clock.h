#ifndef HEAPD_SERVER_HOST_CLOCK_H_
#define HEAPD_SERVER_HOST_CLOCK_H_

#include <chrono>

#include "absl/time/clock.h"
#include "absl/time/time.h"

namespace heapd::server {

// Where leases and request ids get the time from; a test brings its own.
// Thread-safe.
class Clock {
 public:
  virtual ~Clock() = default;
  // Never goes back.
  virtual absl::Time Now() const = 0;
};

// The time of day at construction, and from then on the steady clock: setting
// the machine's clock must not end every lease.
class SystemClock final : public Clock {
 public:
  absl::Time Now() const override {
    return start_ +
           absl::FromChrono(std::chrono::steady_clock::now() - steady_start_);
  }

 private:
  const absl::Time start_ = absl::Now();
  const std::chrono::steady_clock::time_point steady_start_ =
      std::chrono::steady_clock::now();
};

}  // namespace heapd::server

#endif  // HEAPD_SERVER_HOST_CLOCK_H_
