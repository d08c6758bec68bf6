#ifndef HEAPD_HEAP_GC_TABLE_SWEEPER_H_
#define HEAPD_HEAP_GC_TABLE_SWEEPER_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "heap/base/beside_task.h"
#include "heap/base/task_runner.h"
#include "heap/gc/heap_parts.h"

namespace heapd {

// Frees the indices of the dead, chunk by chunk of the object table: a task
// beside the mutators makes the free list of a closed chunk, which touches
// entries of the dead only, and the mutators' thread opens the chunk. Without a
// runner it does both.
//
// One instance serves one collection. The mutators' thread calls everything.
// REQUIRES: no page has a block of a dead object any more.
class TableSweeper {
 public:
  // See BesideTask for `runner` and `on_idle`. REQUIRES: `parts` outlives the
  // sweeper.
  TableSweeper(HeapParts* parts, TaskRunner runner,
               std::function<void()> on_idle);
  TableSweeper(const TableSweeper&) = delete;
  TableSweeper& operator=(const TableSweeper&) = delete;

  // Opens at most `count` chunks that are swept; how many.
  size_t Open(size_t count) ABSL_LOCKS_EXCLUDED(mu_);
  // Whether every chunk is open.
  bool IsDone() const { return opened_ == chunks_.size(); }
  bool IsTaskRunning() const { return task_.IsRunning(); }
  // Sweeps and opens all that is left.
  void Finish();

 private:
  struct ClosedChunk {
    uint32_t number;
    uint32_t live_count;  // when marking began
  };

  // One chunk. Whether none is left.
  bool SweepNext() ABSL_LOCKS_EXCLUDED(mu_);
  ObjectTable::SweptChunk Sweep(const ClosedChunk& chunk);

  HeapParts* const parts_;
  std::vector<ClosedChunk> chunks_;
  size_t next_ = 0;    // the task's, or the mutators' when it does not run
  size_t opened_ = 0;  // the mutators'

  absl::Mutex mu_;  // a leaf of the lock order
  std::vector<ObjectTable::SweptChunk> swept_ ABSL_GUARDED_BY(mu_);

  BesideTask task_;  // last: it uses the others
};

}  // namespace heapd

#endif  // HEAPD_HEAP_GC_TABLE_SWEEPER_H_
