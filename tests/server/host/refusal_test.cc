// Calls that a heap refuses instead of letting them wait for nothing.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <vector>

#include "absl/synchronization/notification.h"
#include "absl/time/clock.h"
#include "server/base/retry_delay.h"
#include "server/host/hosted_heap.h"
#include "tests/heap/status_matchers.h"
#include "tests/server/support/function_call.h"
#include "tests/server/support/host_fixture.h"

namespace heapd::server {
namespace {

absl::Status Work(HeapAccess&) {
  const absl::Time end = absl::Now() + absl::Milliseconds(1);
  while (absl::Now() < end) continue;
  return absl::OkStatus();
}

class RefusalTest : public HostFixture {
 protected:
  // Has the lane until Unblock().
  void Block() {
    unblock_ = std::make_unique<absl::Notification>();
    absl::Notification blocked;
    blocker_ = std::make_unique<FunctionCall>([&](HeapAccess&) {
      blocked.Notify();
      unblock_->WaitForNotification();
      return absl::OkStatus();
    });
    HostedHeap::Submit(shop_, blocker_.get(), shop_->long_pool());
    blocked.WaitForNotification();
  }
  void Unblock() {
    unblock_->Notify();
    EXPECT_OK(blocker_->Wait());
  }
  void Queue(int count) {
    for (int i = 0; i < count; ++i) {
      queued_.push_back(std::make_unique<FunctionCall>(Work));
      HostedHeap::Submit(shop_, queued_.back().get());
    }
  }
  void Drain() {
    Unblock();
    for (const auto& call : queued_) EXPECT_OK(call->Wait());
    queued_.clear();
  }
  // Calls of this heap take a millisecond.
  void TeachPace() {
    Block();
    Queue(50);
    Drain();
  }
  std::unique_ptr<FunctionCall> CallWith(absl::Duration time_left) {
    CallTerms terms;
    terms.deadline = absl::Now() + time_left;
    terms.call_class = CallClass::kRead;
    return std::make_unique<FunctionCall>(Work, terms);
  }
  uint64_t Refused(RefusalReason reason) {
    return counters_.Read().refused[static_cast<size_t>(reason)]
                                   [static_cast<size_t>(CallClass::kRead)];
  }

  std::unique_ptr<absl::Notification> unblock_;
  std::unique_ptr<FunctionCall> blocker_;
  std::vector<std::unique_ptr<FunctionCall>> queued_;
};

TEST_F(RefusalTest, ACallThatCannotBeginBeforeItsDeadlineIsRefusedAtOnce) {
  TeachPace();
  Block();
  Queue(50);
  const auto hopeless = CallWith(absl::Milliseconds(10));
  HostedHeap::Submit(shop_, hopeless.get());
  ASSERT_TRUE(hopeless->completed());
  EXPECT_THAT(hopeless->Wait(), HasReason("OVERLOADED"));
  // When those before it will be through.
  EXPECT_GE(RetryDelayOf(hopeless->Wait()), absl::Milliseconds(20));
  EXPECT_EQ(Refused(RefusalReason::kQueueTooLong), 1u);
  const auto patient = CallWith(absl::Hours(1));
  HostedHeap::Submit(shop_, patient.get());
  EXPECT_FALSE(patient->completed());
  Drain();
  EXPECT_OK(patient->Wait());
  EXPECT_EQ(hopeless->executions(), 0);
}

TEST_F(RefusalTest, ABusyHeapWithoutAQueueRefusesNobody) {
  TeachPace();
  Block();
  const auto call = CallWith(absl::Milliseconds(1));
  HostedHeap::Submit(shop_, call.get());
  EXPECT_FALSE(call->completed());
  Unblock();
  call->Wait().IgnoreError();
}

TEST_F(RefusalTest, AFullQueueRefusesWithTheTimeItNeeds) {
  TeachPace();
  Block();
  Queue(100);
  const auto call = CallWith(absl::Hours(1));
  HostedHeap::Submit(shop_, call.get());
  EXPECT_THAT(call->Wait(), HasReason("OVERLOADED"));
  EXPECT_GE(RetryDelayOf(call->Wait()), absl::Milliseconds(40));
  EXPECT_EQ(Refused(RefusalReason::kQueueFull), 1u);
  Drain();
}

TEST_F(RefusalTest, ACallThatExpiredInTheQueueIsCountedAndNotRun) {
  Block();
  const auto call = CallWith(absl::Milliseconds(1));
  HostedHeap::Submit(shop_, call.get());
  const absl::Time later = absl::Now() + absl::Milliseconds(2);
  while (absl::Now() < later) continue;
  Unblock();
  EXPECT_EQ(call->Wait().code(), absl::StatusCode::kDeadlineExceeded);
  EXPECT_EQ(call->executions(), 0);
  EXPECT_EQ(counters_.Read().expired[static_cast<size_t>(DropPoint::kQueue)],
            1u);
}

}  // namespace
}  // namespace heapd::server
