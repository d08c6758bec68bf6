#ifndef HEAPD_HEAP_BASE_PAGE_POPULATOR_H_
#define HEAPD_HEAP_BASE_PAGE_POPULATOR_H_

#include <cstddef>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "heap/base/task_runner.h"

namespace heapd {

// Has memory that will be needed soon made resident beside the mutator: the
// first touch of a huge page costs it the time that the system takes to clear
// 2 MiB, up to several milliseconds on a virtual machine. What is not resident
// in time is taken as it is touched. Used by one thread.
class PagePopulator {
 public:
  // Without a runner nothing happens.
  explicit PagePopulator(TaskRunner runner) : runner_(std::move(runner)) {}
  // Waits until nothing is under way.
  ~PagePopulator();
  PagePopulator(const PagePopulator&) = delete;
  PagePopulator& operator=(const PagePopulator&) = delete;

  bool is_enabled() const { return runner_ != nullptr; }
  // Begins with a range, unless one is under way. REQUIRES: writable, whole
  // system pages; stays mapped while the populator lives.
  void Populate(char* data, size_t bytes) ABSL_LOCKS_EXCLUDED(mu_);

 private:
  const TaskRunner runner_;
  absl::Mutex mu_;  // a leaf of the lock order
  bool running_ ABSL_GUARDED_BY(mu_) = false;
};

}  // namespace heapd

#endif  // HEAPD_HEAP_BASE_PAGE_POPULATOR_H_
