#ifndef HEAPD_SERVER_HOST_TAKE_SNAPSHOT_H_
#define HEAPD_SERVER_HOST_TAKE_SNAPSHOT_H_

#include <memory>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "heap/snapshot/snapshot_sink.h"
#include "heap/snapshot/snapshot_spill.h"
#include "server/host/hosted_heap.h"

namespace heapd::server {

struct TakenSnapshot {
  SnapshotSummary summary;
  // Of the collection that it was made of: how long calls on the heap waited,
  // in all, a slice at a time.
  absl::Duration pause_duration;
};

// Takes a snapshot of a heap beside its calls: begins a major collection, waits
// for one that runs first, reads the graph into `spill` when that has marked,
// and writes it to `sink`. Holds the calling thread, and the lane for slices
// only. Errors of Heap::StartSnapshot(), SnapshotCapture::ReadInto(), the spill
// and the sink; NOT_FOUND (HEAP_NOT_FOUND).
absl::StatusOr<TakenSnapshot> TakeSnapshot(
    const std::shared_ptr<HostedHeap>& hosted, const SnapshotOptions& options,
    SnapshotSpill* spill, SnapshotSink* sink);

}  // namespace heapd::server

#endif  // HEAPD_SERVER_HOST_TAKE_SNAPSHOT_H_
