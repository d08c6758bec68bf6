// What a hosted heap does by itself: collections, the end of leases, and
// telling its watchers.

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <memory>
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

// How long sessions are closed in one go, so that a hundred thousand that end
// at once do not stall calls; and how many between two looks at the clock.
constexpr auto kExpirySlice = std::chrono::microseconds(100);
constexpr size_t kLeasesPerLook = 8;

// Collections told of in an error, each in about 150 bytes.
constexpr size_t kCollectionsInError = 8;

// A call waits for the collection that runs when it gets no memory, and for one
// that begins after that and finds all that is dead by then.
constexpr int kWaitsForMemory = 2;

}  // namespace

// A slice of the end of leases that had run out when it was queued. Calls that
// came before that are in front of it, and renew.
class HostedHeap::ExpiryTask final : public LaneTask {
 public:
  ExpiryTask(std::shared_ptr<HostedHeap> hosted, absl::Time time)
      : hosted_(std::move(hosted)), time_(time) {}

  Outcome Run() override {
    hosted_->CloseExpired(time_, &closed_);
    return Outcome::kDone;
  }
  void Done() override {
    hosted_->expiry_queued_.store(false, std::memory_order_relaxed);
    delete this;
  }

 private:
  const std::shared_ptr<HostedHeap> hosted_;
  const absl::Time time_;
  std::vector<ClosedSession> closed_;  // its memory is freed without the lane
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

void HostedHeap::BeginNextMajor() {
  while (!next_majors_.empty() && !heap_->IsMajorRunning()) {
    const std::shared_ptr<NextMajor> next = std::move(next_majors_.front());
    next_majors_.pop_front();
    if (!next->Begin(*heap_)) continue;
    PublishReclaim();
    QueueMajorStep();
  }
}

void HostedHeap::StartMajorIfDue() {
  if (!heap_->CollectionDue()) return;
  heap_->StartMajor(CollectionReason::kOldSpaceThreshold);
  PublishReclaim();
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
  // Before the calls that got no memory, which want another one.
  BeginNextMajor();
  ResumeUnwanted();
  Publish();
  PublishReclaim();
  return progress;
}

bool HostedHeap::WaitForMemory(HeapCall* call) {
  const bool may_wait = call->waits_for_memory_ < kWaitsForMemory &&
                        memory_waiters_.size() < environment_.max_waiting_calls;
  if (!may_wait || !heap_->MayMakeRoom()) return false;
  ++call->waits_for_memory_;
  counters_.WaitsForMemory();
  memory_waiters_.push_back(call);
  if (!heap_->IsMajorRunning()) {
    heap_->StartMajor(CollectionReason::kNearLimit, Compaction::kThorough);
    PublishReclaim();
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
  counters_.Collected(collection);
  meter_.Collected(collection);
  if (collection.kind == CollectionKind::kMajor) {
    reclaim_estimate_.Learn(collection);
    NoteForLeaks(collection);
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

bool HostedHeap::ExpireLeases() {
  const int64_t now = absl::ToUnixNanos(environment_.clock->Now());
  const AnswerBudget* const answers = environment_.requests.budget;
  const bool over_share =
      answers != nullptr &&
      answer_bytes_.load(std::memory_order_relaxed) > answers->share_bytes();
  if (next_end_nanos_.load(std::memory_order_relaxed) >= now && !over_share) {
    return false;
  }
  if (expiry_queued_.exchange(true, std::memory_order_relaxed)) return true;
  // However many calls wait: sessions that stay because a heap is overloaded
  // keep what overloads it.
  const std::shared_ptr<HostedHeap> self = shared_from_this();
  lane_.RunAlways(new ExpiryTask(self, absl::FromUnixNanos(now)));
  return true;
}

void HostedHeap::CloseExpired(absl::Time time,
                              std::vector<ClosedSession>* closed) {
  lane_.AssertHeld();
  if (heap_ == nullptr) return;
  const auto end = std::chrono::steady_clock::now() + kExpirySlice;
  do {
    for (SessionId session : leases_.TakeExpired(time, kLeasesPerLook)) {
      ClosedSession memory;
      HEAPD_CHECK(heap_->CloseSession(session, &memory).ok());
      meter_.LeasesEnded(1);
      FreeClosed(std::move(memory), closed);
    }
  } while (leases_.NextEnd() < time && std::chrono::steady_clock::now() < end);
  requests_.Trim(time);
  Publish();
  StartMajorIfDue();
}

void HostedHeap::FreeClosed(ClosedSession memory,
                            std::vector<ClosedSession>* small) {
  if (!memory.is_large()) {
    if (small != nullptr) small->push_back(std::move(memory));
    return;
  }
  // No thread that answers calls shall be kept for it.
  environment_.collections->Post(
      [kept = std::make_shared<ClosedSession>(std::move(memory))] {});
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
