#ifndef HEAPD_HEAP_GC_STRESS_H_
#define HEAPD_HEAP_GC_STRESS_H_

#include <cstdint>

#include "heap/base/task_runner.h"

namespace heapd {

// Makes a heap of any build find faults of the collector sooner, at a price: a
// verification looks at every object. A value.
struct StressOptions {
  // Check every invariant after each collection, and end the process when one
  // is broken.
  bool verify_heap = false;
  // Collect at the first safepoint after so many allocations, major and minor
  // ones by turns; 0 for never.
  uint64_t collection_interval = 0;
  // Let each major collection move whatever has room elsewhere.
  bool compact_always = false;
  // Make the objects of a batch, too, that nothing reaches at its end.
  bool make_scratch_objects = false;
  // Let safepoints, and tasks that run beside mutators, now and then wait a
  // random time of up to 200 microseconds, so that they meet in other ways.
  bool random_delays = false;
};

// Waits so, or goes on at once. Thread-safe.
void DelayAtRandom();
// The runner, with such a wait before each task.
TaskRunner DelayedAtRandom(TaskRunner runner);

}  // namespace heapd

#endif  // HEAPD_HEAP_GC_STRESS_H_
