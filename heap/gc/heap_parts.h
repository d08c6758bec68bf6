#ifndef HEAPD_HEAP_GC_HEAP_PARTS_H_
#define HEAPD_HEAP_GC_HEAP_PARTS_H_

#include <vector>

#include "absl/strings/string_view.h"
#include "heap/base/memory_budget.h"
#include "heap/base/prefetch.h"
#include "heap/base/task_runner.h"
#include "heap/gc/graph_capture.h"
#include "heap/gc/live_census.h"
#include "heap/gc/mark_bitmap.h"
#include "heap/gc/marking_barrier.h"
#include "heap/gc/remembered_set.h"
#include "heap/gc/saved_slots.h"
#include "heap/gc/scavenge_buffers.h"
#include "heap/gc/scavenge_pacing.h"
#include "heap/gc/young_large_objects.h"
#include "heap/hold/root_table.h"
#include "heap/hold/session_table.h"
#include "heap/object/object_table.h"
#include "heap/object/snapshot_ids.h"
#include "heap/object/type_table.h"
#include "heap/space/left_blocks.h"
#include "heap/space/spaces.h"
#include "heap/space/string_table.h"

namespace heapd {

// Everything that a heap consists of, in the order in which it is built. What
// the collector, the verifier and the snapshot writer work on.
struct HeapParts {
  // `runner`: see PageSource, ObjectTable and MarkBitmap.
  HeapParts(MemoryAccount* account, uint64_t new_space_bytes,
            bool clear_free_memory, const TaskRunner& runner)
      : types(account),
        table(account, runner),
        spaces(account, new_space_bytes, clear_free_memory, runner),
        strings(&table),
        snapshot_ids(account),
        roots(account),
        sessions(account),
        marks(runner) {}

  uint64_t used_bytes() const {
    return table.used_bytes() + spaces.used_bytes();
  }

  // Whether the object was not marked and waits to be swept.
  // REQUIRES: marking is complete, or no major collection runs.
  bool IsDead(Index index) const {
    return table.IsClosed(index) && !marks.IsMarked(index);
  }
  // The index that a ref names; 0 when its object is gone or never was.
  Index Resolve(Ref ref) const {
    const Index index = table.Resolve(ref);
    return sweeping && IsDead(index) ? 0 : index;
  }

  // The interned string with this content; 0 when there is none.
  Index FindString(absl::string_view content) {
    const Index index = strings.Find(content);
    if (index == 0 || !sweeping || !IsDead(index)) return index;
    strings.Erase(index);
    return 0;
  }
  // Whether somebody may read, beside mutators, what objects refer to.
  bool IsGraphRead() const { return barrier.is_on() || capture != nullptr; }
  // Before Resolve(); the ref may be nonsense.
  HEAPD_PREFETCHES void PrefetchResolve(Ref ref) const {
    table.Prefetch(ref.index());
    if (sweeping && ref.index() < marks.end()) marks.Prefetch(ref.index());
  }

  TypeTable types;
  ObjectTable table;
  Spaces spaces;
  StringTable strings;
  SnapshotIds snapshot_ids;
  RootTable roots;
  SessionTable sessions;
  MarkBitmap marks;
  MarkingBarrier barrier{&table, &marks};
  LeftBlocks left_blocks;
  // From the start of a major collection that somebody reads the graph of until
  // that is done; else null.
  SavedSlots* saved_slots = nullptr;
  GraphCapture* capture = nullptr;
  std::vector<LiveType> live_types;  // see Heap::live_types()
  bool sweeping = false;  // from the end of marking to that of the collection
  RememberedSet remembered;
  ScavengePacing scavenge_pacing;
  ScavengeBuffers scavenge_buffers;
  YoungLargeObjects young_large;
};

}  // namespace heapd

#endif  // HEAPD_HEAP_GC_HEAP_PARTS_H_
