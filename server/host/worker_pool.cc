#include "server/host/worker_pool.h"

#include <pthread.h>
#include <sys/resource.h>
#include <time.h>

#include <utility>

#include "absl/strings/str_cat.h"
#include "heap/base/check.h"
#include "server/ops/logging.h"

namespace heapd::server {

WorkerPool::WorkerPool(std::string name, int thread_count, int nice) {
  for (int i = 0; i < thread_count; ++i) {
    threads_.emplace_back(
        [this, nice, thread_name = absl::StrCat(name, "-", i)] {
          Run(thread_name, nice);
        });
  }
}

WorkerPool::~WorkerPool() { Stop(); }

void WorkerPool::Post(std::function<void()> job) {
  absl::MutexLock lock(&mu_);
  // A job that is still running may post: its thread is there to take it.
  HEAPD_CHECK(!stopping_ || running_ > 0);
  jobs_.push_back(std::move(job));
}

absl::Duration WorkerPool::CpuTime() {
  absl::MutexLock lock(&mu_);
  absl::Duration total;
  // Stop() joins them.
  if (stopping_) return total;
  for (std::thread& thread : threads_) {
    clockid_t clock;
    timespec time;
    if (pthread_getcpuclockid(thread.native_handle(), &clock) == 0 &&
        clock_gettime(clock, &time) == 0) {
      total += absl::DurationFromTimespec(time);
    }
  }
  return total;
}

void WorkerPool::Stop() {
  {
    absl::MutexLock lock(&mu_);
    stopping_ = true;
  }
  for (std::thread& thread : threads_) thread.join();
  threads_.clear();
}

void WorkerPool::Run(const std::string& thread_name, int nice) {
  pthread_setname_np(pthread_self(), thread_name.c_str());
  // Of this thread alone, on Linux.
  if (nice != 0 && setpriority(PRIO_PROCESS, 0, nice) != 0) {
    LogWarning("nice_refused", {{"thread", thread_name}, {"nice", nice}});
  }
  std::function<void()> job;
  while (Take(&job)) {
    job();
    // What the job holds goes before the next wait, not after it.
    job = nullptr;
    absl::MutexLock lock(&mu_);
    --running_;
  }
}

bool WorkerPool::Take(std::function<void()>* job) {
  absl::MutexLock lock(&mu_);
  mu_.Await(absl::Condition(this, &WorkerPool::HasWorkOrStops));
  if (jobs_.empty()) return false;
  *job = std::move(jobs_.front());
  jobs_.pop_front();
  ++running_;
  return true;
}

bool WorkerPool::HasWorkOrStops() const {
  return !jobs_.empty() || (stopping_ && running_ == 0);
}

}  // namespace heapd::server
