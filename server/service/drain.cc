#include "server/service/drain.h"

#include "heap/base/error.h"
#include "server/base/reasons.h"
#include "server/base/retry_delay.h"

namespace heapd::server {
namespace {

// A restart takes about this long; until then another instance may answer.
constexpr absl::Duration kRetryDelay = absl::Seconds(1);

}  // namespace

absl::Status Draining() {
  return WithRetryDelay(
      MakeError(absl::StatusCode::kUnavailable, reason::kDraining,
                "the daemon is stopping; nothing was done"),
      kRetryDelay);
}

absl::Status Drain::Check() const {
  if (draining_.load(std::memory_order_relaxed)) return Draining();
  return absl::OkStatus();
}

bool Drain::AwaitBegin(absl::Duration timeout) const {
  const auto begun = [this] {
    return draining_.load(std::memory_order_relaxed);
  };
  absl::MutexLock lock(&mu_);
  return mu_.AwaitWithTimeout(absl::Condition(&begun), timeout);
}

void Drain::Begin() {
  absl::MutexLock lock(&mu_);
  // Relaxed: the flag guards no data; Add() reads it under the lock.
  if (draining_.exchange(true, std::memory_order_relaxed)) return;
  for (DrainListener* listener : listeners_) listener->OnDrain();
}

bool Drain::Add(DrainListener* listener) {
  absl::MutexLock lock(&mu_);
  if (draining_.load(std::memory_order_relaxed)) return false;
  listeners_.insert(listener);
  return true;
}

void Drain::Remove(DrainListener* listener) {
  absl::MutexLock lock(&mu_);
  listeners_.erase(listener);
}

}  // namespace heapd::server
