// What a hosted heap does by itself: collections, the end of leases, and
// telling its watchers.

#include <algorithm>
#include <utility>

#include "heap/base/check.h"
#include "server/host/hosted_heap.h"
#include "server/ops/logging.h"

namespace heapd::server {
namespace {

// Sessions closed in one go, so that many that end at once do not stall calls.
constexpr size_t kSessionsPerTurn = 256;

const char* ReasonText(CollectionReason reason) {
  switch (reason) {
    case CollectionReason::kRequested:
      return "requested";
    case CollectionReason::kOldSpaceThreshold:
      return "old_space_threshold";
    case CollectionReason::kNearLimit:
      return "near_limit";
    case CollectionReason::kSnapshot:
      return "snapshot";
    case CollectionReason::kNewSpaceFull:
      return "new_space_full";
  }
  return "unknown";
}

}  // namespace

// A collection that the heap decided on.
class HostedHeap::CollectionTask final : public LaneTask {
 public:
  CollectionTask(std::shared_ptr<HostedHeap> hosted, CollectionReason reason)
      : hosted_(std::move(hosted)), reason_(reason) {}

  Outcome Run() override {
    hosted_->RunCollection(reason_);
    return Outcome::kDone;
  }
  void Done() override { delete this; }

 private:
  const std::shared_ptr<HostedHeap> hosted_;
  const CollectionReason reason_;
};

// The end of leases that had run out when it was queued. Calls that came
// before that are in front of it, and renew.
class HostedHeap::ExpiryTask final : public LaneTask {
 public:
  ExpiryTask(std::shared_ptr<HostedHeap> hosted, absl::Time time)
      : hosted_(std::move(hosted)), time_(time) {}

  Outcome Run() override {
    more_ = hosted_->CloseExpired(time_);
    return Outcome::kDone;
  }
  void Done() override {
    // Calls that came meanwhile go first.
    if (more_) {
      hosted_->QueueExpiry();
    } else {
      hosted_->expiry_queued_.store(false, std::memory_order_relaxed);
    }
    delete this;
  }

 private:
  const std::shared_ptr<HostedHeap> hosted_;
  const absl::Time time_;
  bool more_ = false;
};

void HostedHeap::QueueCollection(CollectionReason reason) {
  lane_.PutFirst(new CollectionTask(shared_from_this(), reason),
                 environment_.collections);
}

void HostedHeap::RunCollection(CollectionReason reason) {
  lane_.AssertHeld();
  if (heap_ == nullptr) return;
  heap_->Collect(reason);
  Publish();
}

void HostedHeap::LogCollection(const Collection& collection) const {
  LogDebug(
      "collection",
      {{"heap", id_},
       {"sequence", collection.sequence},
       {"kind", collection.kind == CollectionKind::kMinor ? "minor" : "major"},
       {"reason", ReasonText(collection.reason)},
       {"pause", collection.pause_duration},
       {"objects_before", collection.object_count_before},
       {"objects_after", collection.object_count_after},
       {"used_bytes_after", collection.used_bytes_after},
       {"committed_bytes_after", collection.committed_bytes_after}});
}

void HostedHeap::Report(const Collection& collection) {
  // There can be thousands of scavenges in a second.
  if (IsLogged(LogLevel::kDebug)) LogCollection(collection);
  absl::MutexLock lock(&watch_mu_);
  bool any_new = false;
  for (const auto& watch : watches_) any_new |= watch->Append(collection);
  if (!any_new) return;
  // Waking writes to streams, which is no work for the lane.
  environment_.turns->Post([watches = watches_] {
    for (const auto& watch : watches) watch->Wake();
  });
}

void HostedHeap::ExpireLeases() {
  const int64_t now = absl::ToUnixNanos(environment_.clock->Now());
  if (next_lease_end_nanos_.load(std::memory_order_relaxed) >= now) return;
  if (expiry_queued_.exchange(true, std::memory_order_relaxed)) return;
  QueueExpiry();
}

void HostedHeap::QueueExpiry() {
  auto* const task =
      new ExpiryTask(shared_from_this(), environment_.clock->Now());
  const std::shared_ptr<HostedHeap> self = shared_from_this();
  if (lane_.Run(task, environment_.turns)) return;
  // The queue is full; the next tick tries again.
  delete task;
  expiry_queued_.store(false, std::memory_order_relaxed);
}

bool HostedHeap::CloseExpired(absl::Time time) {
  lane_.AssertHeld();
  if (heap_ == nullptr) return false;
  for (SessionId session : leases_.TakeExpired(time, kSessionsPerTurn)) {
    HEAPD_CHECK(heap_->CloseSession(session).ok());
  }
  Publish();
  if (heap_->CollectionDue()) {
    QueueCollection(CollectionReason::kOldSpaceThreshold);
  }
  return leases_.NextEnd() < time;
}

void HostedHeap::AddWatch(std::shared_ptr<CollectionWatch> watch) {
  absl::MutexLock lock(&watch_mu_);
  watches_.push_back(std::move(watch));
}

void HostedHeap::RemoveWatch(const CollectionWatch* watch) {
  absl::MutexLock lock(&watch_mu_);
  const auto found =
      std::find_if(watches_.begin(), watches_.end(),
                   [watch](const auto& other) { return other.get() == watch; });
  if (found != watches_.end()) watches_.erase(found);
}

void HostedHeap::CloseWatches(const absl::Status& why) {
  std::vector<std::shared_ptr<CollectionWatch>> watches;
  {
    absl::MutexLock lock(&watch_mu_);
    watches = std::move(watches_);
    watches_.clear();
  }
  for (const auto& watch : watches) {
    watch->Close(why);
    watch->Wake();
  }
}

}  // namespace heapd::server
