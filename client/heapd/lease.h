#ifndef HEAPD_CLIENT_HEAPD_LEASE_H_
#define HEAPD_CLIENT_HEAPD_LEASE_H_

#include <string>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "client/heapd/ids.h"

namespace heapd::client {

// One session's lease as its LeaseRenewer and its Session share it.
// Thread-safe.
class Lease {
 public:
  Lease(std::string heap, SessionId session, absl::Duration time_to_live)
      : heap_(std::move(heap)),
        session_(session),
        time_to_live_(time_to_live) {}
  Lease(const Lease&) = delete;
  Lease& operator=(const Lease&) = delete;

  const std::string& heap() const { return heap_; }
  SessionId session() const { return session_; }
  absl::Duration time_to_live() const { return time_to_live_; }

  // OK, or why the lease is gone.
  absl::Status status() const ABSL_LOCKS_EXCLUDED(mu_) {
    absl::MutexLock lock(&mu_);
    return status_;
  }
  void MarkLost(absl::Status why) ABSL_LOCKS_EXCLUDED(mu_) {
    absl::MutexLock lock(&mu_);
    status_ = std::move(why);
  }
  // False if it is not lost in time.
  bool WaitUntilLostForTesting(absl::Duration timeout) const
      ABSL_LOCKS_EXCLUDED(mu_) {
    absl::MutexLock lock(&mu_);
    const auto lost = [this] {
      mu_.AssertReaderHeld();
      return !status_.ok();
    };
    return mu_.AwaitWithTimeout(absl::Condition(&lost), timeout);
  }

 private:
  const std::string heap_;
  const SessionId session_;
  const absl::Duration time_to_live_;
  mutable absl::Mutex mu_;
  absl::Status status_ ABSL_GUARDED_BY(mu_);
};

}  // namespace heapd::client

#endif  // HEAPD_CLIENT_HEAPD_LEASE_H_
