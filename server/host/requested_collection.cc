#include "server/host/requested_collection.h"

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "heap/base/status_macros.h"
#include "server/host/collection_watch.h"

namespace heapd::server {
namespace {

// The major collections of a heap, one after the other.
class MajorCollections {
 public:
  explicit MajorCollections(HostedHeap* hosted) : hosted_(*hosted) {
    watch_->Only(CollectionKind::kMajor);
    hosted->AddWatch(watch_);
  }
  ~MajorCollections() {
    hosted_.RemoveWatch(watch_.get());
    watch_->Detach();
  }
  MajorCollections(const MajorCollections&) = delete;
  MajorCollections& operator=(const MajorCollections&) = delete;

  // What has ended until now is not waited for. With the lane.
  void Forget() {
    while (watch_->Take().has_value()) continue;
  }
  // The next one that ends.
  absl::StatusOr<Collection> Wait(absl::Time deadline) {
    for (;;) {
      if (const auto event = watch_->Take(); event.has_value()) {
        return event->collection;
      }
      HEAPD_RETURN_IF_ERROR(watch_->closed());
      absl::MutexLock lock(&mu_);
      if (!mu_.AwaitWithDeadline(absl::Condition(&woken_), deadline)) {
        return absl::DeadlineExceededError(
            "the collection goes on past the call's deadline");
      }
      woken_ = false;
    }
  }

 private:
  void Wake() ABSL_LOCKS_EXCLUDED(mu_) {
    absl::MutexLock lock(&mu_);
    woken_ = true;
  }

  HostedHeap& hosted_;
  absl::Mutex mu_;  // a leaf of the lock order
  bool woken_ ABSL_GUARDED_BY(mu_) = false;
  const std::shared_ptr<CollectionWatch> watch_ =
      std::make_shared<CollectionWatch>([this] { Wake(); });
};

}  // namespace

absl::StatusOr<Collection> CollectAndWait(
    const std::shared_ptr<HostedHeap>& hosted, const CallTerms& terms,
    Compaction compaction) {
  MajorCollections collections(hosted.get());
  for (;;) {
    bool started = false;
    HEAPD_RETURN_IF_ERROR(
        RunAndWait(hosted, terms, nullptr, [&](HeapAccess& access) {
          collections.Forget();
          started = !access.heap.IsMajorRunning();
          if (started) {
            access.heap.StartMajor(CollectionReason::kRequested, compaction);
          }
          return absl::OkStatus();
        }));
    if (started) hosted->QueueMajorStep();
    HEAPD_ASSIGN_OR_RETURN(const Collection collection,
                           collections.Wait(terms.deadline));
    if (started) return collection;
  }
}

}  // namespace heapd::server
