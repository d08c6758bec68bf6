#ifndef HEAPD_HEAP_SNAPSHOT_CAPTURED_GRAPH_H_
#define HEAPD_HEAP_SNAPSHOT_CAPTURED_GRAPH_H_

#include <cstdint>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "heap/base/memory_budget.h"
#include "heap/object/ref.h"
#include "heap/object/type.h"
#include "heap/snapshot/dominators.h"
#include "heap/snapshot/snapshot_capture.h"
#include "heap/snapshot/snapshot_spill.h"

namespace heapd {

// The graph of a heap as of one instant, in memory, for what needs it as a
// whole. Node 0 holds what roots and sessions hold; object number n is node
// n + 1. A value.
struct CapturedGraph {
  EdgeLists edges;  // strong ones
  // By node.
  std::vector<Ref> refs;
  std::vector<uint32_t> self_size;
  std::vector<TypeId> types;  // 0 of node 0
};

// Of what was read into the spill; its errors.
absl::StatusOr<CapturedGraph> LoadCapturedGraph(const SnapshotCapture& capture,
                                                SnapshotSpill* spill);

// Memory of the daemon's budget for the time of a work on such a graph.
class GraphWorkMemory {
 public:
  // Never more than `max_bytes`; 0: a half of what the budget has in all.
  // REQUIRES: `budget` outlives this.
  GraphWorkMemory(uint64_t max_bytes, MemoryBudget* budget);
  ~GraphWorkMemory();
  GraphWorkMemory(const GraphWorkMemory&) = delete;
  GraphWorkMemory& operator=(const GraphWorkMemory&) = delete;

  // What the graph takes, and what is found out about it: 80 bytes an object
  // and 8 a ref. RESOURCE_EXHAUSTED (SNAPSHOT_BUDGET).
  absl::Status TakeFor(const SnapshotCapture& capture);

 private:
  const uint64_t max_bytes_;
  MemoryAccount account_;
};

}  // namespace heapd

#endif  // HEAPD_HEAP_SNAPSHOT_CAPTURED_GRAPH_H_
