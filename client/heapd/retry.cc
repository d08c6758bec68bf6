#include "client/heapd/retry.h"

#include <algorithm>
#include <cmath>
#include <string>

#include "absl/random/distributions.h"
#include "absl/random/random.h"
#include "client/heapd/status.h"

namespace heapd::client {
namespace {

bool CanRetry(const absl::Status& status, Repeat repeat) {
  const std::string reason = ErrorReason(status);
  if (absl::IsResourceExhausted(status)) {
    if (reason == "OVERLOADED") return true;
    return (reason == "HEAP_LIMIT" || reason == "BUDGET") &&
           RetryDelay(status).has_value();
  }
  // Nobody here cancels a call that may be tried again: it reached a daemon in
  // the moment in which that stopped, and gRPC ends those so.
  if (absl::IsCancelled(status)) {
    return repeat == Repeat::kSafe && reason.empty();
  }
  if (!absl::IsUnavailable(status)) return false;
  // With a reason the daemon refused the call; without one the connection
  // failed, and nobody knows how far the call came.
  return repeat == Repeat::kSafe || reason == "DRAINING";
}

absl::Duration Backoff(const RetryOptions& options, int attempt) {
  return std::min(
      options.max_backoff,
      options.initial_backoff * std::exp2(std::min(attempt - 1, 30)));
}

absl::Duration Wait(absl::Duration backoff,
                    std::optional<absl::Duration> asked_for,
                    absl::BitGenRef random) {
  if (!asked_for.has_value()) {
    return backoff * absl::Uniform(absl::IntervalClosed, random, 0.5, 1.0);
  }
  return *asked_for + std::max(backoff, *asked_for / 2) *
                          absl::Uniform(absl::IntervalClosed, random, 0.0, 1.0);
}

}  // namespace

std::optional<absl::Duration> NextRetryDelay(const RetryOptions& options,
                                             const absl::Status& status,
                                             int attempt, Repeat repeat,
                                             absl::Duration time_left,
                                             absl::BitGenRef random) {
  if (attempt >= options.max_attempts || !CanRetry(status, repeat)) {
    return std::nullopt;
  }
  const absl::Duration delay =
      Wait(Backoff(options, attempt), RetryDelay(status), random);
  if (delay >= time_left) return std::nullopt;
  return delay;
}

absl::Status CallWithRetries(const RetryOptions& options, Clock& clock,
                             absl::Time deadline, Repeat repeat,
                             absl::FunctionRef<absl::Status()> attempt) {
  thread_local absl::BitGen random;
  for (int made = 1;; ++made) {
    absl::Status status = attempt();
    if (status.ok()) return status;
    const std::optional<absl::Duration> delay = NextRetryDelay(
        options, status, made, repeat, deadline - clock.Now(), random);
    if (!delay.has_value()) return status;
    clock.Wait(*delay);
  }
}

}  // namespace heapd::client
