// What a hosted heap does by itself: collections, the end of leases, and
// telling its watchers.

#include <unistd.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "heap/base/check.h"
#include "server/base/recent_collections.h"
#include "server/host/hosted_heap.h"
#include "server/ops/collection_trace.h"
#include "server/ops/crash_report.h"
#include "server/ops/logging.h"

namespace heapd::server {
namespace {

// Sessions closed in one go, so that many that end at once do not stall calls.
constexpr size_t kSessionsPerTurn = 256;

// Collections told of in an error, each in about 150 bytes.
constexpr size_t kCollectionsInError = 8;

// A call waits for the collection that runs when it gets no memory, and for one
// that begins after that and finds all that is dead by then.
constexpr int kWaitsForMemory = 2;

}  // namespace

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

// A slice of a major collection that runs beside the calls.
class HostedHeap::MajorTask final : public LaneTask {
 public:
  explicit MajorTask(std::shared_ptr<HostedHeap> hosted)
      : hosted_(std::move(hosted)) {}

  Outcome Run() override {
    // Before the step looks for it: what is said from here on is news.
    hosted_->major_step_queued_.store(false, std::memory_order_seq_cst);
    progress_ = hosted_->StepMajor();
    return Outcome::kDone;
  }
  void Done() override {
    if (progress_ == MajorProgress::kAgain) hosted_->QueueMajorStep();
    delete this;
  }

 private:
  const std::shared_ptr<HostedHeap> hosted_;
  MajorProgress progress_ = MajorProgress::kDone;
};

void HostedHeap::StartMajorIfDue() {
  if (!heap_->CollectionDue()) return;
  heap_->StartMajor(CollectionReason::kOldSpaceThreshold);
  // With marking threads the first step waits for them, or they call.
  QueueMajorStep();
}

void HostedHeap::QueueMajorStep() {
  if (major_step_queued_.exchange(true, std::memory_order_seq_cst)) return;
  // Not from here, which can be the end of a step or of a call: a free lane
  // would run it at once, one inside the other.
  environment_.turns->Post([hosted = shared_from_this()] {
    hosted->lane_.RunAlways(new MajorTask(hosted));
  });
}

MajorProgress HostedHeap::StepMajor() {
  lane_.AssertHeld();
  if (heap_ == nullptr) return MajorProgress::kDone;
  const MajorProgress progress = heap_->StepMajor();
  ResumeUnwanted();
  Publish();
  return progress;
}

bool HostedHeap::WaitForMemory(HeapCall* call) {
  const bool may_wait = call->waits_for_memory_ < kWaitsForMemory &&
                        memory_waiters_.size() < environment_.max_waiting_calls;
  if (!may_wait || !heap_->MayMakeRoom()) return false;
  ++call->waits_for_memory_;
  memory_waiters_.push_back(call);
  if (!heap_->IsMajorRunning()) {
    heap_->StartMajor(CollectionReason::kNearLimit, Compaction::kThorough);
  }
  QueueMajorStep();
  return true;
}

void HostedHeap::ResumeUnwanted() {
  if (memory_waiters_.empty()) return;
  ResumeWaiters(
      [this](const HeapCall& call) { return !CheckWanted(call).ok(); });
}

void HostedHeap::LogCollection(const Collection& collection) const {
  LogDebug("collection",
           {{"heap", id_},
            {"sequence", collection.sequence},
            {"kind", NameOf(collection.kind)},
            {"reason", NameOf(collection.reason)},
            {"pause", collection.pause_duration},
            {"objects_before", collection.object_count_before},
            {"objects_after", collection.object_count_after},
            {"used_bytes_after", collection.used_bytes_after},
            {"committed_bytes_after", collection.committed_bytes_after}});
}

std::string HostedHeap::LineOf(const Collection& collection) const {
  return TraceLine(collection, getpid(), instance_, id_);
}

void HostedHeap::AddRecentCollections(absl::Status* error) const {
  const std::vector<Collection> recent = heap_->RecentCollections();
  std::vector<std::string> lines;
  for (size_t i = recent.size() - std::min(recent.size(), kCollectionsInError);
       i < recent.size(); ++i) {
    lines.push_back(LineOf(recent[i]));
  }
  SetRecentCollections(lines, error);
}

void HostedHeap::Report(const Collection& collection) {
  lane_.AssertHeld();
  if (collection.kind == CollectionKind::kMajor) {
    ResumeWaiters([](const HeapCall&) { return true; });
  }
  // There can be thousands of scavenges in a second.
  if (IsLogged(LogLevel::kDebug)) LogCollection(collection);
  const std::string line = LineOf(collection);
  KeepForCrash(collection.kind == CollectionKind::kMajor
                   ? CrashNotes::kRare
                   : CrashNotes::kFrequent,
               line);
  TraceCollection(collection.kind, line);
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
  StartMajorIfDue();
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
