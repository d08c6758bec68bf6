#ifndef HEAPD_SERVER_HOST_WORKER_POOL_H_
#define HEAPD_SERVER_HOST_WORKER_POOL_H_

#include <deque>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"

namespace heapd::server {

// Named threads that run jobs in the order in which they were posted.
//
// The queue has no limit of its own; it is bounded by who posts: a mutator lane
// has at most one job here at a time, and so has a snapshot. Thread-safe.
class WorkerPool {
 public:
  // `name` (at most 12 bytes, a number is added) is what `top -H` shows. `nice`
  // (0 to 19) lets other threads go first where cores are short; where the
  // system forbids that they run as others do.
  WorkerPool(std::string name, int thread_count, int nice = 0);
  // As Stop().
  ~WorkerPool();
  WorkerPool(const WorkerPool&) = delete;
  WorkerPool& operator=(const WorkerPool&) = delete;

  void Post(std::function<void()> job) ABSL_LOCKS_EXCLUDED(mu_);

  // Processor time that the threads have had; zero once they are stopped.
  absl::Duration CpuTime() ABSL_LOCKS_EXCLUDED(mu_);

  // Runs what is queued, and what that posts, then joins the threads. Harmless
  // when repeated. REQUIRES: nobody else posts any more.
  void Stop() ABSL_LOCKS_EXCLUDED(mu_);

 private:
  void Run(const std::string& thread_name, int nice) ABSL_LOCKS_EXCLUDED(mu_);
  // False when the pool has stopped and nothing is left.
  bool Take(std::function<void()>* job) ABSL_LOCKS_EXCLUDED(mu_);
  bool HasWorkOrStops() const ABSL_SHARED_LOCKS_REQUIRED(mu_);

  absl::Mutex mu_;  // a leaf of the lock order
  std::deque<std::function<void()>> jobs_ ABSL_GUARDED_BY(mu_);
  int running_ ABSL_GUARDED_BY(mu_) = 0;
  bool stopping_ ABSL_GUARDED_BY(mu_) = false;
  std::vector<std::thread> threads_;
};

}  // namespace heapd::server

#endif  // HEAPD_SERVER_HOST_WORKER_POOL_H_
