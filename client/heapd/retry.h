#ifndef HEAPD_CLIENT_HEAPD_RETRY_H_
#define HEAPD_CLIENT_HEAPD_RETRY_H_

#include <optional>

#include "absl/functional/function_ref.h"
#include "absl/random/bit_gen_ref.h"
#include "absl/status/status.h"
#include "absl/time/time.h"
#include "client/heapd/clock.h"

namespace heapd::client {

// How a call that failed is tried again.
struct RetryOptions {
  // Attempts in all; 1 never retries.
  int max_attempts = 6;
  // The wait before the second attempt, at most; it doubles with each attempt.
  absl::Duration initial_backoff = absl::Milliseconds(50);
  absl::Duration max_backoff = absl::Seconds(2);
};

// Whether the same request may be applied twice.
enum class Repeat {
  // It may: a read, a call that sets what it names, or one with a request id.
  // Retried whenever the daemon could not be reached.
  kSafe,
  // It may not. Retried only where the daemon itself said that it did nothing.
  kUnsafe,
};

// How long to wait before another attempt at a call that failed with `status`,
// or nullopt if there is none: the error would come again, attempts are used
// up, or the wait would pass `time_left`. `attempt` counts those made, from 1.
//
// Retried are OVERLOADED and UNAVAILABLE (and CANCELLED, which gRPC says of
// calls that reach a daemon in the moment in which it stops), and a full heap
// (HEAP_LIMIT, BUDGET) where the daemon says when memory will have been
// reclaimed: without that, waiting does not empty it.
//
// The wait is what the daemon asks for (RetryInfo) and a random time on top: up
// to half of that or the backoff, whichever is longer. So nobody is back before
// there is room, and those who were refused together do not come back together.
// Without RetryInfo it is the backoff, half of it random.
std::optional<absl::Duration> NextRetryDelay(const RetryOptions& options,
                                             const absl::Status& status,
                                             int attempt, Repeat repeat,
                                             absl::Duration time_left,
                                             absl::BitGenRef random);

// Calls `attempt` until it succeeds or NextRetryDelay() gives up, and returns
// the last status. Waits on the calling thread.
absl::Status CallWithRetries(const RetryOptions& options, Clock& clock,
                             absl::Time deadline, Repeat repeat,
                             absl::FunctionRef<absl::Status()> attempt);

}  // namespace heapd::client

#endif  // HEAPD_CLIENT_HEAPD_RETRY_H_
