#ifndef HEAPD_SERVER_HOST_TAKE_SNAPSHOT_H_
#define HEAPD_SERVER_HOST_TAKE_SNAPSHOT_H_

#include <memory>
#include <stop_token>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "heap/snapshot/snapshot_capture.h"
#include "heap/snapshot/snapshot_sink.h"
#include "heap/snapshot/snapshot_spill.h"
#include "server/host/hosted_heap.h"
#include "server/host/major_collections.h"

namespace heapd::server {

// Reads the graph of a heap as it is now into `spill`, beside its calls: begins
// a major collection, waits for one that runs first, and reads when that has
// marked. Holds the calling thread, and the lane for slices only. `collections`
// has the collection that it was read in next, when that ends. Errors of
// Heap::StartSnapshot() and SnapshotCapture::ReadInto(); NOT_FOUND
// (HEAP_NOT_FOUND); DEADLINE_EXCEEDED if it could not begin before `deadline`;
// CANCELLED soon after `stop` is requested. `sink`, if there is one, hears how
// far the reading is.
absl::StatusOr<std::shared_ptr<SnapshotCapture>> ReadGraph(
    const std::shared_ptr<HostedHeap>& hosted, const SnapshotOptions& options,
    absl::Time deadline, SnapshotSpill* spill, MajorCollections* collections,
    const std::stop_token& stop = {}, SnapshotSink* sink = nullptr);

struct TakenSnapshot {
  SnapshotSummary summary;
  // Of the collection that it was made of: how long calls on the heap waited,
  // in all, a slice at a time.
  absl::Duration pause_duration;
};

// Takes a snapshot of a heap beside its calls: reads the graph, and writes it
// to `sink`. Errors of ReadGraph(), the spill and the sink.
absl::StatusOr<TakenSnapshot> TakeSnapshot(
    const std::shared_ptr<HostedHeap>& hosted, const SnapshotOptions& options,
    SnapshotSpill* spill, SnapshotSink* sink, const std::stop_token& stop = {});

}  // namespace heapd::server

#endif  // HEAPD_SERVER_HOST_TAKE_SNAPSHOT_H_
