#include "server/host/take_snapshot.h"

#include "heap/base/status_macros.h"
#include "server/host/heap_call.h"

namespace heapd::server {
namespace {

// The collection ends soon after the graph is read, mostly before the snapshot
// is written. What it says of pauses is not worth more than this.
constexpr absl::Duration kWaitForCollection = absl::Seconds(10);

// Tells the sink how far the reading is whenever some of it is put aside.
class WatchedSpill final : public SnapshotSpill {
 public:
  WatchedSpill(const SnapshotCapture* capture, SnapshotSpill* spill,
               SnapshotSink* sink)
      : capture_(*capture), spill_(*spill), sink_(sink) {}

  absl::Status Append(absl::string_view bytes) override {
    if (sink_ != nullptr) {
      const SnapshotCapture::ReadProgress progress = capture_.read_progress();
      sink_->Progress(SnapshotStage::kReading, progress.read_count,
                      progress.object_count);
    }
    return spill_.Append(bytes);
  }
  absl::StatusOr<size_t> Read(uint64_t offset,
                              absl::Span<char> buffer) override {
    return spill_.Read(offset, buffer);
  }

 private:
  const SnapshotCapture& capture_;
  SnapshotSpill& spill_;
  SnapshotSink* const sink_;
};

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
    const std::stop_token& stop, SnapshotSink* sink) {
  HEAPD_ASSIGN_OR_RETURN(std::shared_ptr<SnapshotCapture> capture,
                         Start(hosted, options, deadline, collections, stop));
  // The collection that it began with goes on without it.
  const std::stop_callback give_up(
      stop, [given_up = capture.get()] { given_up->GiveUp(GivenUp()); });
  hosted->QueueMajorStep();
  WatchedSpill watched(capture.get(), spill, sink);
  HEAPD_RETURN_IF_ERROR(capture->ReadInto(&watched));
  return capture;
}

absl::StatusOr<TakenSnapshot> TakeSnapshot(
    const std::shared_ptr<HostedHeap>& hosted, const SnapshotOptions& options,
    SnapshotSpill* spill, SnapshotSink* sink, const std::stop_token& stop) {
  MajorCollections collections(hosted.get());
  HEAPD_ASSIGN_OR_RETURN(const std::shared_ptr<SnapshotCapture> capture,
                         ReadGraph(hosted, options, absl::InfiniteFuture(),
                                   spill, &collections, stop, sink));
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
