#include "server/host/take_snapshot.h"

#include "heap/base/status_macros.h"
#include "server/host/heap_call.h"

namespace heapd::server {
namespace {

// The collection ends soon after the graph is read, mostly before the snapshot
// is written. What it says of pauses is not worth more than this.
constexpr absl::Duration kWaitForCollection = absl::Seconds(10);

absl::Status GivenUp() { return absl::CancelledError("given up"); }

// Starts when no collection runs, which others may have begun meanwhile.
absl::StatusOr<std::shared_ptr<SnapshotCapture>> Start(
    const std::shared_ptr<HostedHeap>& hosted, const SnapshotOptions& options,
    absl::Time deadline, MajorCollections* collections,
    const std::stop_token& stop) {
  CallTerms terms;
  terms.deadline = deadline;
  for (;;) {
    if (stop.stop_requested()) return GivenUp();
    std::shared_ptr<SnapshotCapture> capture;
    HEAPD_RETURN_IF_ERROR(RunAndWait(
        hosted, terms, nullptr, [&](HeapAccess& access) -> absl::Status {
          collections->Forget();
          if (access.heap.IsMajorRunning()) return absl::OkStatus();
          HEAPD_ASSIGN_OR_RETURN(capture, access.heap.StartSnapshot(options));
          return absl::OkStatus();
        }));
    if (capture != nullptr) return capture;
    HEAPD_RETURN_IF_ERROR(collections->Wait(deadline, stop).status());
  }
}

}  // namespace

absl::StatusOr<std::shared_ptr<SnapshotCapture>> ReadGraph(
    const std::shared_ptr<HostedHeap>& hosted, const SnapshotOptions& options,
    absl::Time deadline, SnapshotSpill* spill, MajorCollections* collections,
    const std::stop_token& stop) {
  HEAPD_ASSIGN_OR_RETURN(std::shared_ptr<SnapshotCapture> capture,
                         Start(hosted, options, deadline, collections, stop));
  // The collection that it began with goes on without it.
  const std::stop_callback give_up(stop,
                                   [&capture] { capture->GiveUp(GivenUp()); });
  hosted->QueueMajorStep();
  HEAPD_RETURN_IF_ERROR(capture->ReadInto(spill));
  return capture;
}

absl::StatusOr<TakenSnapshot> TakeSnapshot(
    const std::shared_ptr<HostedHeap>& hosted, const SnapshotOptions& options,
    SnapshotSpill* spill, SnapshotSink* sink, const std::stop_token& stop) {
  MajorCollections collections(hosted.get());
  HEAPD_ASSIGN_OR_RETURN(const std::shared_ptr<SnapshotCapture> capture,
                         ReadGraph(hosted, options, absl::InfiniteFuture(),
                                   spill, &collections, stop));
  TakenSnapshot taken;
  HEAPD_ASSIGN_OR_RETURN(taken.summary,
                         WriteCapturedSnapshot(*capture, spill, sink));
  const absl::StatusOr<Collection> collection =
      collections.Wait(absl::Now() + kWaitForCollection, stop);
  // The heap may have gone by now, and the snapshot is whole.
  if (collection.ok()) taken.pause_duration = collection->pause_duration;
  return taken;
}

}  // namespace heapd::server
