#ifndef HEAPD_HEAP_GC_TABLE_SWEEPER_H_
#define HEAPD_HEAP_GC_TABLE_SWEEPER_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <vector>

#include "heap/base/task_runner.h"
#include "heap/gc/heap_parts.h"
#include "heap/gc/sweep_task.h"

namespace heapd {

// Frees the indices of the dead, chunk by chunk of the object table: a task
// beside the mutators makes the free list of a closed chunk, which touches
// entries of the dead only, and the mutators' thread opens the chunk.
//
// One instance serves one collection. The mutators' thread calls everything.
// REQUIRES: no page has a block of a dead object any more.
class TableSweeper {
 public:
  // See SweepTask. REQUIRES: `parts` outlives the sweeper.
  TableSweeper(HeapParts* parts, TaskRunner runner,
               std::function<void()> on_idle);

  // Opens at most `count` chunks that are swept; how many.
  size_t Open(size_t count) { return Open(task_.Take(count)); }
  // Whether every chunk is open.
  bool IsDone() const { return task_.IsDone(); }
  // See SweepTask.
  bool MustWait(size_t count) const { return task_.MustWait(count); }
  // Sweeps and opens all that is left.
  void Finish() { Open(task_.TakeAll()); }

 private:
  struct ClosedChunk {
    uint32_t number;
    uint32_t live_count;  // when marking began
  };

  static std::vector<ClosedChunk> ClosedChunks(const ObjectTable& table);
  ObjectTable::SweptChunk Sweep(const ClosedChunk& chunk);
  size_t Open(const std::vector<ObjectTable::SweptChunk>& swept);

  HeapParts* const parts_;
  SweepTask<ClosedChunk, ObjectTable::SweptChunk> task_;
};

}  // namespace heapd

#endif  // HEAPD_HEAP_GC_TABLE_SWEEPER_H_
