#include "server/host/take_snapshot.h"

#include <memory>
#include <optional>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "heap/base/status_macros.h"
#include "server/host/heap_call.h"
#include "server/host/next_major.h"

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

using Capture = std::shared_ptr<SnapshotCapture>;

// A snapshot that is begun when the collection that runs has ended.
class NextSnapshot final : public NextMajor {
 public:
  // All outlive Wait().
  NextSnapshot(const SnapshotOptions& options, MajorCollections* collections)
      : options_(options), collections_(*collections) {}

  bool Begin(Heap& heap) override ABSL_LOCKS_EXCLUDED(mu_) {
    absl::MutexLock lock(&mu_);
    if (outcome_.has_value()) return false;
    collections_.Forget();
    outcome_ = heap.StartSnapshot(options_);
    return outcome_->ok();
  }
  void GiveUp(const absl::Status& why) override ABSL_LOCKS_EXCLUDED(mu_) {
    absl::MutexLock lock(&mu_);
    if (!outcome_.has_value()) outcome_ = why;
  }

  // Waits until it has begun, it cannot, or nobody wants it any more: it does
  // not begin after that.
  absl::StatusOr<Capture> Wait(absl::Time deadline, const std::stop_token& stop)
      ABSL_LOCKS_EXCLUDED(mu_) {
    const std::stop_callback give_up(stop, [this] { GiveUp(GivenUp()); });
    const auto is_over = [this]() ABSL_SHARED_LOCKS_REQUIRED(mu_) {
      return outcome_.has_value();
    };
    absl::MutexLock lock(&mu_);
    if (!mu_.AwaitWithDeadline(absl::Condition(&is_over), deadline)) {
      outcome_ = absl::DeadlineExceededError(
          "the collection goes on past the call's deadline");
    }
    return *outcome_;
  }

 private:
  const SnapshotOptions options_;
  MajorCollections& collections_;
  absl::Mutex mu_;  // after the lane in the lock order
  std::optional<absl::StatusOr<Capture>> outcome_ ABSL_GUARDED_BY(mu_);
};

// Starts when no collection runs, which others may have begun meanwhile.
absl::StatusOr<std::shared_ptr<SnapshotCapture>> Start(
    const std::shared_ptr<HostedHeap>& hosted, const SnapshotOptions& options,
    absl::Time deadline, MajorCollections* collections,
    const std::stop_token& stop) {
  CallTerms terms;
  terms.deadline = deadline;
  if (stop.stop_requested()) return GivenUp();
  Capture capture;
  const auto next = std::make_shared<NextSnapshot>(options, collections);
  HEAPD_RETURN_IF_ERROR(RunAndWait(
      hosted, terms, nullptr, [&](HeapAccess& access) -> absl::Status {
        if (access.heap.IsMajorRunning()) {
          access.WaitForMajor(next);
          return absl::OkStatus();
        }
        collections->Forget();
        HEAPD_ASSIGN_OR_RETURN(capture, access.heap.StartSnapshot(options));
        return absl::OkStatus();
      }));
  if (capture != nullptr) return capture;
  return next->Wait(deadline, stop);
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
