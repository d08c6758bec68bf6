#ifndef HEAPD_HEAP_GC_MARKER_H_
#define HEAPD_HEAP_GC_MARKER_H_

#include <cstddef>
#include <functional>
#include <optional>
#include <vector>

#include "heap/base/beside_task.h"
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
  // See BesideTask for `runner` and `on_idle`. REQUIRES: `parts` outlives the
  // marker.
  Marker(HeapParts* parts, TaskRunner runner, std::function<void()> on_idle);
  Marker(const Marker&) = delete;
  Marker& operator=(const Marker&) = delete;

  // Reaches what roots hold. Once, first.
  void ReachRoots();

  // The task that marks beside the mutators.
  BesideTask& task() { return task_; }
  const BesideTask& task() const { return task_; }
  // Marks about so many objects, what mutators shaded included. True when
  // nothing is left. REQUIRES: no task is running.
  bool Mark(size_t budget);

  // Marked objects that may have weak slots. REQUIRES: no task is running.
  const std::vector<Index>& weak_objects() const { return weak_objects_; }

 private:
  // About 100 microseconds.
  static constexpr size_t kTaskBudget = 4096;
  // Buffers of the barrier that go with it.
  static constexpr size_t kTaskShaded = 8;

  // What the task does.
  bool MarkBeside();
  // Reaches some of what mutators shaded, and sees to it that little of it is
  // ever waiting; false when there is nothing.
  bool ReachShaded();

  HeapParts* const parts_;
  const bool is_empty_;  // the heap: there may not even be an entry for null
  MarkingWorklist worklist_;
  std::vector<Index> weak_objects_;
  std::vector<MarkingLoop::PartlyVisited> large_blocks_;
  std::vector<Index> shaded_;  // the buffer taken last, done with
  std::optional<MarkingLoop> loop_;
  BesideTask task_;  // last: it uses the others
};

}  // namespace heapd

#endif  // HEAPD_HEAP_GC_MARKER_H_
