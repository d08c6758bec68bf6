#include "server/host/major_collections.h"

#include "heap/base/status_macros.h"

namespace heapd::server {

MajorCollections::MajorCollections(HostedHeap* hosted)
    : hosted_(*hosted),
      watch_(std::make_shared<CollectionWatch>([this] { Wake(); })) {
  watch_->Only(CollectionKind::kMajor);
  hosted->AddWatch(watch_);
}

MajorCollections::~MajorCollections() {
  hosted_.RemoveWatch(watch_.get());
  watch_->Detach();
}

void MajorCollections::Forget() {
  while (watch_->Take().has_value()) continue;
}

absl::StatusOr<Collection> MajorCollections::Wait(absl::Time deadline,
                                                  const std::stop_token& stop) {
  const std::stop_callback wake(stop, [this] { Wake(); });
  for (;;) {
    if (const auto event = watch_->Take(); event.has_value()) {
      return event->collection;
    }
    HEAPD_RETURN_IF_ERROR(watch_->closed());
    if (stop.stop_requested()) return absl::CancelledError("given up");
    absl::MutexLock lock(&mu_);
    if (!mu_.AwaitWithDeadline(absl::Condition(&woken_), deadline)) {
      return absl::DeadlineExceededError(
          "the collection goes on past the call's deadline");
    }
    woken_ = false;
  }
}

void MajorCollections::Wake() {
  absl::MutexLock lock(&mu_);
  woken_ = true;
}

}  // namespace heapd::server
