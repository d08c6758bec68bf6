#ifndef HEAPD_HEAP_BASE_TASK_RUNNER_H_
#define HEAPD_HEAP_BASE_TASK_RUNNER_H_

#include <functional>

namespace heapd {

// Runs a task on another thread, soon, in the order in which they came. What a
// heap uses for work beside its mutators; thread-safe, and outlives the heap.
using TaskRunner = std::function<void(std::function<void()> task)>;

}  // namespace heapd

#endif  // HEAPD_HEAP_BASE_TASK_RUNNER_H_
