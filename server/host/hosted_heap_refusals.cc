// What a hosted heap refuses and drops, and what it says of when to come back.

#include <algorithm>
#include <utility>

#include "heap/base/error.h"
#include "server/base/reasons.h"
#include "server/base/retry_delay.h"
#include "server/host/admission.h"
#include "server/host/call_pace.h"
#include "server/host/hosted_heap.h"
#include "server/ops/logging.h"

namespace heapd::server {

absl::Status HostedHeap::CheckQueue(const HeapCall& call) const {
  const absl::Time deadline = call.terms_.deadline;
  if (deadline == absl::InfiniteFuture() || !environment_.heed_deadlines) {
    return absl::OkStatus();
  }
  const absl::Duration wait = lane_.TimeToBegin();
  if (wait == absl::ZeroDuration() || absl::Now() + wait <= deadline) {
    return absl::OkStatus();
  }
  if (environment_.counters != nullptr) {
    environment_.counters->Refused(RefusalReason::kQueueTooLong,
                                   call.terms_.call_class);
  }
  return Overloaded("calls that wait for this heap, past the deadline",
                    lane_.TimeToDrain());
}

void HostedHeap::CountDropped(const absl::Status& status,
                              const HeapCall& call) const {
  AdmissionCounters* const counters = environment_.counters;
  if (counters == nullptr) return;
  const DropPoint point = call.waits_for_memory_ == 0
                              ? DropPoint::kQueue
                              : DropPoint::kAfterMemoryWait;
  if (absl::IsCancelled(status)) {
    counters->Cancelled(point);
  } else {
    counters->Expired(point);
  }
}

// ---- When memory will have been reclaimed ----

void HostedHeap::PublishReclaim() {
  int64_t end = 0;
  if (heap_->IsMajorRunning()) {
    reclaim_estimate_.Begin(absl::Now());
    end = SteadyNanoseconds() + absl::ToInt64Nanoseconds(TimeOfMajor());
  } else {
    reclaim_estimate_.End();
  }
  reclaim_end_nanos_.store(end, std::memory_order_relaxed);
}

absl::Duration HostedHeap::TimeOfMajor() const {
  return reclaim_estimate_.Left(heap_->object_count(), absl::Now());
}

absl::optional<absl::Duration> HostedHeap::TimeToReclaim() const {
  const int64_t end = reclaim_end_nanos_.load(std::memory_order_relaxed);
  if (end == 0) return absl::nullopt;
  return absl::Nanoseconds(std::max<int64_t>(0, end - SteadyNanoseconds()));
}

void HostedHeap::AddTimeToReclaim(absl::Status* error) const {
  absl::optional<absl::Duration> time;
  if (heap_->MayMakeRoom()) {
    time = TimeOfMajor();
  } else if (ReasonOf(*error) == reason::kBudget &&
             environment_.reclaim != nullptr) {
    time = environment_.reclaim->TimeToReclaim();
  }
  if (!time.has_value()) return;
  *error = WithRetryDelay(std::move(*error), BoundedRetryDelay(*time));
}

// ---- A heap that is stuck, for tests ----

// Takes the lane as a fault would, and gives it back as faults do not.
class HostedHeap::StallTask final : public LaneTask {
 public:
  explicit StallTask(std::shared_ptr<HostedHeap> hosted)
      : hosted_(std::move(hosted)) {}

  Outcome Run() override {
    hosted_->stall_over_.WaitForNotificationWithTimeout(
        hosted_->environment_.stall_duration);
    return Outcome::kDone;
  }
  void Done() override {
    LogWarning("stall_ended", {{"heap", hosted_->id_}});
    delete this;
  }

 private:
  const std::shared_ptr<HostedHeap> hosted_;
};

void HostedHeap::EndStall() {
  if (!stall_ended_.exchange(true)) stall_over_.Notify();
}

void HostedHeap::StallIfAsked() {
  if (!stall_due_) return;
  stall_due_ = false;
  LogWarning("stall_begins",
             {{"heap", id_}, {"duration", environment_.stall_duration}});
  lane_.PutFirst(new StallTask(shared_from_this()), environment_.stalls);
}

}  // namespace heapd::server
