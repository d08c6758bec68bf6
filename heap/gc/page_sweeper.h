#ifndef HEAPD_HEAP_GC_PAGE_SWEEPER_H_
#define HEAPD_HEAP_GC_PAGE_SWEEPER_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <vector>

#include "heap/base/task_runner.h"
#include "heap/gc/compactor.h"
#include "heap/gc/heap_parts.h"
#include "heap/gc/live_census.h"
#include "heap/gc/sweep_task.h"

namespace heapd {

// Frees the blocks of the dead, page by page of both paged spaces: a task
// beside the mutators finds a page's free runs, and the mutators' thread gives
// them to the free list, or a page that shall be evacuated to the compactor.
// Counts the living payloads on the way.
//
// One instance serves one collection. The mutators' thread calls everything.
// REQUIRES: marking is complete; the spaces have begun a sweep.
class PageSweeper {
 public:
  // See SweepTask. REQUIRES: `parts`, `compactor` and `census` outlive the
  // sweeper.
  PageSweeper(HeapParts* parts, Compactor* compactor, LiveCensus* census,
              TaskRunner runner, std::function<void()> on_idle);

  // Takes in at most `count` pages that are swept; how many.
  size_t TakeIn(size_t count) { return TakeIn(task_.Take(count)); }
  // Whether every page has been taken in.
  bool IsDone() const { return task_.IsDone(); }
  // See SweepTask.
  bool MustWait(size_t count) const { return task_.MustWait(count); }
  // Sweeps and takes in all that is left.
  void Finish() { TakeIn(task_.TakeAll()); }

  uint64_t released_count() const { return released_count_; }

 private:
  struct UnsweptPage {
    PagedSpace* space;
    Page* page;
  };
  struct Swept {
    PagedSpace* space;
    SweptPage page;
  };

  static std::vector<UnsweptPage> UnsweptPages(Spaces* spaces);
  static Swept Sweep(const HeapParts& parts, const UnsweptPage& unswept,
                     LiveCensus* census);
  size_t TakeIn(const std::vector<Swept>& swept);

  Compactor* const compactor_;
  uint64_t released_count_ = 0;
  SweepTask<UnsweptPage, Swept> task_;
};

}  // namespace heapd

#endif  // HEAPD_HEAP_GC_PAGE_SWEEPER_H_
