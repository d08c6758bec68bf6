#ifndef HEAPD_CLIENT_HEAPD_CLOCK_H_
#define HEAPD_CLIENT_HEAPD_CLOCK_H_

#include "absl/time/time.h"

namespace heapd::client {

// Time as retries see it, so that tests need not wait. Thread-safe.
class Clock {
 public:
  virtual ~Clock() = default;

  virtual absl::Time Now() = 0;
  // Returns once `duration` is over.
  virtual void Wait(absl::Duration duration) = 0;

  // The machine's clock. Lives for ever.
  static Clock& Real();
};

}  // namespace heapd::client

#endif  // HEAPD_CLIENT_HEAPD_CLOCK_H_
