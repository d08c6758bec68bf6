#ifndef HEAPD_HEAP_SNAPSHOT_GRAPH_REDUCTION_H_
#define HEAPD_HEAP_SNAPSHOT_GRAPH_REDUCTION_H_

#include "absl/status/statusor.h"
#include "heap/base/memory_budget.h"
#include "heap/snapshot/node_numbering.h"
#include "heap/snapshot/snapshot_capture.h"
#include "heap/snapshot/snapshot_sink.h"
#include "heap/snapshot/snapshot_spill.h"

namespace heapd {

// The objects of a captured graph that a reduced snapshot shows, numbered anew:
// those that meet every condition of the reduction, and what is on a shortest
// path from what holds each of them, for a viewer has to reach it. Errors of
// the spill; RESOURCE_EXHAUSTED (SNAPSHOT_BUDGET) as AnalyzeCapturedGraph().
absl::StatusOr<NodeNumbering> ReduceCapturedGraph(
    const SnapshotCapture& capture, SnapshotSpill* spill,
    const SnapshotReduction& reduction, MemoryBudget* budget);

}  // namespace heapd

#endif  // HEAPD_HEAP_SNAPSHOT_GRAPH_REDUCTION_H_
