#ifndef HEAPD_TESTS_BENCH_HEAP_MARKING_THREAD_H_
#define HEAPD_TESTS_BENCH_HEAP_MARKING_THREAD_H_

#include <deque>
#include <functional>
#include <thread>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "tests/bench/support/own_core.h"

namespace heapd::heap_bench {

// The thread that marks a heap beside the benchmark, as a daemon's marking
// threads do, on the second core. Runs what was posted before it ends.
// Thread-safe.
class MarkingThread {
 public:
  MarkingThread() : thread_([this] { Run(); }) {}
  ~MarkingThread() {
    Post(nullptr);
    thread_.join();
  }
  MarkingThread(const MarkingThread&) = delete;
  MarkingThread& operator=(const MarkingThread&) = delete;

  // Null ends the thread.
  void Post(std::function<void()> task) ABSL_LOCKS_EXCLUDED(mu_) {
    absl::MutexLock lock(&mu_);
    tasks_.push_back(std::move(task));
  }

 private:
  void Run() {
    const bench::OwnCore core(1);
    while (const std::function<void()> task = Take()) task();
  }
  std::function<void()> Take() ABSL_LOCKS_EXCLUDED(mu_) {
    absl::MutexLock lock(&mu_);
    mu_.Await(absl::Condition(
        +[](std::deque<std::function<void()>>* tasks) {
          return !tasks->empty();
        },
        &tasks_));
    std::function<void()> task = std::move(tasks_.front());
    tasks_.pop_front();
    return task;
  }

  absl::Mutex mu_;
  std::deque<std::function<void()>> tasks_ ABSL_GUARDED_BY(mu_);
  std::thread thread_;  // last: it uses the others
};

}  // namespace heapd::heap_bench

#endif  // HEAPD_TESTS_BENCH_HEAP_MARKING_THREAD_H_
