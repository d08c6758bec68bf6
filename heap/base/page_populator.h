#ifndef HEAPD_HEAP_BASE_PAGE_POPULATOR_H_
#define HEAPD_HEAP_BASE_PAGE_POPULATOR_H_

#include <cstddef>

#include "heap/base/beside_task.h"
#include "heap/base/task_runner.h"

namespace heapd {

// Has memory that will be needed soon made resident beside the mutator: the
// first touch of a huge page costs it the time that the system takes to clear
// 2 MiB, up to several milliseconds on a virtual machine. What is not resident
// in time is taken as it is touched. Used by one thread.
class PagePopulator {
 public:
  // Without a runner nothing happens.
  explicit PagePopulator(TaskRunner runner);

  bool is_enabled() const { return task_.has_runner(); }
  // Begins with a range; false, and nothing happens, while one is under way.
  // REQUIRES: writable, whole system pages; stays mapped while the populator
  // lives.
  bool Populate(char* data, size_t bytes);

 private:
  // The task's while it runs.
  char* data_ = nullptr;
  size_t bytes_ = 0;
  BesideTask task_;  // last: it uses the others
};

}  // namespace heapd

#endif  // HEAPD_HEAP_BASE_PAGE_POPULATOR_H_
