#ifndef HEAPD_SERVER_SERVICE_DRAIN_H_
#define HEAPD_SERVER_SERVICE_DRAIN_H_

#include <atomic>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_set.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"

namespace heapd::server {

// A stream that would stay open for as long as its client likes.
class DrainListener {
 public:
  virtual ~DrainListener() = default;
  // Once, when draining begins. Must not wait and not call the Drain.
  virtual void OnDrain() = 0;
};

// Whether the daemon is stopping: new calls are then refused, and streams are
// told to end. Thread-safe.
class Drain {
 public:
  // OK, or UNAVAILABLE (DRAINING) with a time to retry.
  absl::Status Check() const;

  // Waits until draining begins, at most for `timeout`; whether it has.
  bool AwaitBegin(absl::Duration timeout) const ABSL_LOCKS_EXCLUDED(mu_);

  // From now on. Harmless when repeated.
  void Begin() ABSL_LOCKS_EXCLUDED(mu_);

  // False, and nothing added, when draining has begun.
  bool Add(DrainListener* listener) ABSL_LOCKS_EXCLUDED(mu_);
  // Afterwards the listener is not called, and not being called.
  void Remove(DrainListener* listener) ABSL_LOCKS_EXCLUDED(mu_);

 private:
  std::atomic<bool> draining_{false};
  mutable absl::Mutex mu_;  // before the streams' own locks
  absl::flat_hash_set<DrainListener*> listeners_ ABSL_GUARDED_BY(mu_);
};

// UNAVAILABLE (DRAINING), with a time to retry.
absl::Status Draining();

}  // namespace heapd::server

#endif  // HEAPD_SERVER_SERVICE_DRAIN_H_
