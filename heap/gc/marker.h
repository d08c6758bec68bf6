#ifndef HEAPD_HEAP_GC_MARKER_H_
#define HEAPD_HEAP_GC_MARKER_H_

#include <atomic>
#include <cstddef>
#include <functional>
#include <optional>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "heap/base/task_runner.h"
#include "heap/gc/heap_parts.h"
#include "heap/gc/marking_loop.h"
#include "heap/gc/marking_worklist.h"

namespace heapd {

// Marks everything that roots and sessions reach through strong slots and that
// was there when marking began: in the mutator's thread, or beside it as a task
// of a runner, and in turns of both.
//
// The marking itself belongs to whoever marks: the task while there is one,
// else the mutator's thread. The task ends when it has nothing left to mark,
// and says so; more may come from the mutators, so they decide when marking is
// complete.
//
// One instance serves one collection. The mutators call everything, one at a
// time.
class Marker {
 public:
  // `on_idle` is called, on a thread of the runner, when a task ends that was
  // not told to. Without a runner there are no tasks.
  // REQUIRES: `parts` outlives the marker.
  Marker(HeapParts* parts, TaskRunner runner, std::function<void()> on_idle);
  // Ends the task.
  ~Marker();
  Marker(const Marker&) = delete;
  Marker& operator=(const Marker&) = delete;

  // Reaches what roots and sessions hold. Once, first.
  void ReachHolds();

  // Lets a task mark what there is, if there is none yet and a runner.
  void Resume();
  // Whether a task has the marking.
  bool IsTaskRunning() const ABSL_LOCKS_EXCLUDED(mu_);
  // Ends the task, which may take as long as its current few thousand objects.
  void Pause() ABSL_LOCKS_EXCLUDED(mu_);
  // Marks about so many objects, what mutators shaded included. True when
  // nothing is left. REQUIRES: no task is running.
  bool Mark(size_t budget);

  // Marked objects that may have weak slots. REQUIRES: no task is running.
  const std::vector<Index>& weak_objects() const { return weak_objects_; }

 private:
  // Between looks at whether the task is to end, about 100 microseconds.
  static constexpr size_t kTaskBudget = 4096;
  // After so many looks the task goes to the back of the runner's queue.
  static constexpr int kTurnBudgets = 64;

  void RunTask() ABSL_LOCKS_EXCLUDED(mu_);
  bool TakeShaded();

  HeapParts* const parts_;
  const TaskRunner runner_;
  const std::function<void()> on_idle_;
  const bool is_empty_;  // the heap: there may not even be an entry for null
  MarkingWorklist worklist_;
  std::vector<Index> weak_objects_;
  std::optional<MarkingLoop> loop_;

  std::atomic<bool> pausing_{false};
  mutable absl::Mutex mu_;  // a leaf of the lock order
  bool task_running_ ABSL_GUARDED_BY(mu_) = false;
};

}  // namespace heapd

#endif  // HEAPD_HEAP_GC_MARKER_H_
