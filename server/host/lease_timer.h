#ifndef HEAPD_SERVER_HOST_LEASE_TIMER_H_
#define HEAPD_SERVER_HOST_LEASE_TIMER_H_

#include <thread>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "server/host/heap_registry.h"

namespace heapd::server {

// The one thread that looks ten times a second for leases that have ended, in
// all heaps, and has their sessions closed at a pace at which others do not
// notice: at most a quarter of its time, whatever their number. Thread-safe.
class LeaseTimer {
 public:
  // `registry` outlives the timer.
  explicit LeaseTimer(const HeapRegistry* registry);
  // As Stop().
  ~LeaseTimer();
  LeaseTimer(const LeaseTimer&) = delete;
  LeaseTimer& operator=(const LeaseTimer&) = delete;

  // Joins the thread. Harmless when repeated.
  void Stop() ABSL_LOCKS_EXCLUDED(mu_);

 private:
  void Run() ABSL_LOCKS_EXCLUDED(mu_);

  const HeapRegistry* const registry_;
  absl::Mutex mu_;  // a leaf of the lock order
  bool stopping_ ABSL_GUARDED_BY(mu_) = false;
  std::thread thread_;
};

}  // namespace heapd::server

#endif  // HEAPD_SERVER_HOST_LEASE_TIMER_H_
