// Calls that get no memory wait for a collection beside others.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/synchronization/notification.h"
#include "server/base/retry_delay.h"
#include "server/host/hosted_heap.h"
#include "tests/heap/status_matchers.h"
#include "tests/server/support/function_call.h"
#include "tests/server/support/host_fixture.h"

namespace heapd::server {
namespace {

class MemoryWaitTest : public HostFixture {
 protected:
  MemoryWaitTest() : type_(DefineType()), session_(OpenSession()) {}
  ~MemoryWaitTest() override {
    if (!unblock_.HasBeenNotified()) unblock_.Notify();
  }

  // Keeps the marking thread busy, so no collection ends, until Unblock().
  void BlockMarking() {
    marking_.Post([this] { unblock_.WaitForNotification(); });
  }
  void Unblock() { unblock_.Notify(); }

  // Until nothing more fits.
  void Fill(Heap& heap, SessionId session) {
    while (heap.Allocate(session, type_, payload_, 0, {}).ok()) {
    }
  }
  void FillWithGarbage(HeapAccess& access) {
    const SessionId session = access.leases.NewId();
    EXPECT_OK(access.heap.OpenSession(session, ""));
    Fill(access.heap, session);
    EXPECT_OK(access.heap.CloseSession(session));
  }
  // A collection may be due by that.
  void FillWithGarbage() {
    EXPECT_OK(Run([&](HeapAccess& access) {
      FillWithGarbage(access);
      return absl::OkStatus();
    }));
  }
  std::unique_ptr<FunctionCall> Allocation(const CallTerms& terms = {}) {
    return std::make_unique<FunctionCall>(
        [this](HeapAccess& access) {
          return access.heap.Allocate(session_, type_, payload_, 0, {})
              .status();
        },
        terms);
  }
  std::vector<CollectionReason> MajorReasons() {
    std::vector<CollectionReason> reasons;
    EXPECT_OK(Run([&](HeapAccess& access) {
      for (const Collection& collection : access.heap.RecentCollections()) {
        if (collection.kind != CollectionKind::kMajor) continue;
        reasons.push_back(collection.reason);
      }
      return absl::OkStatus();
    }));
    return reasons;
  }

  const std::string payload_ = std::string(1000, 'x');
  const TypeId type_;
  const SessionId session_;
  absl::Notification unblock_;
};

// Capability row 39.
TEST_F(MemoryWaitTest, AFullHeapIsCollectedForTheCallThatNeedsMemory) {
  bool filled = false;
  FunctionCall call([&](HeapAccess& access) {
    if (!std::exchange(filled, true)) FillWithGarbage(access);
    return access.heap.Allocate(session_, type_, payload_, 0, {}).status();
  });
  HostedHeap::Submit(shop_, &call);
  EXPECT_OK(call.Wait());
  EXPECT_EQ(call.executions(), 2);
  EXPECT_EQ(shop_->figures().object_count, 1u);
  EXPECT_THAT(MajorReasons(),
              testing::ElementsAre(CollectionReason::kNearLimit));
}

// Capability rows 39 and 61.
TEST_F(MemoryWaitTest, OtherCallsRunMeanwhileAndNoThreadIsHeld) {
  BlockMarking();
  FillWithGarbage();
  const auto first = Allocation();
  const auto second = Allocation();
  HostedHeap::Submit(shop_, first.get());
  HostedHeap::Submit(shop_, second.get());
  EXPECT_FALSE(first->completed());
  EXPECT_OK(Run([](HeapAccess& access) {
    EXPECT_TRUE(access.heap.IsMajorRunning());
    return absl::OkStatus();
  }));
  Unblock();
  EXPECT_OK(first->Wait());
  EXPECT_OK(second->Wait());
}

// What runs already may have begun before the garbage was.
TEST_F(MemoryWaitTest, ACallWaitsForTheCollectionThatRunsAndForOneOfItsOwn) {
  BlockMarking();
  EXPECT_OK(Run([](HeapAccess& access) {
    access.heap.StartMajor(CollectionReason::kRequested);
    return absl::OkStatus();
  }));
  FillWithGarbage();
  const auto call = Allocation();
  HostedHeap::Submit(shop_, call.get());
  Unblock();
  EXPECT_OK(call->Wait());
  EXPECT_EQ(call->executions(), 3);
  EXPECT_THAT(MajorReasons(),
              testing::ElementsAre(CollectionReason::kRequested,
                                   CollectionReason::kNearLimit));
}

TEST_F(MemoryWaitTest, WhereNothingDiedItIsRefused) {
  EXPECT_OK(Run([&](HeapAccess& access) {
    Fill(access.heap, session_);
    return absl::OkStatus();
  }));
  const auto call = Allocation();
  HostedHeap::Submit(shop_, call.get());
  EXPECT_THAT(call->Wait(), HasReason("HEAP_LIMIT"));
  EXPECT_LE(call->executions(), 2);
  // Nothing will come of waiting.
  EXPECT_EQ(RetryDelayOf(call->Wait()), absl::nullopt);
  // And the next ones at once.
  const auto next = Allocation();
  HostedHeap::Submit(shop_, next.get());
  EXPECT_TRUE(next->completed());
  EXPECT_THAT(next->Wait(), HasReason("HEAP_LIMIT"));
}

TEST_F(MemoryWaitTest, ACallThatNobodyWantsAnyMoreEndsBeforeTheCollection) {
  BlockMarking();
  FillWithGarbage();
  const auto cancelled = Allocation();
  CallTerms terms;
  terms.deadline = absl::Now() + absl::Milliseconds(20);
  const auto late = Allocation(terms);
  HostedHeap::Submit(shop_, cancelled.get());
  HostedHeap::Submit(shop_, late.get());
  cancelled->set_cancelled();
  // A step of the collection comes by, which is not over.
  while (!cancelled->completed() || !late->completed()) {
    shop_->QueueMajorStep();
    Settle();
  }
  EXPECT_EQ(cancelled->Wait().code(), absl::StatusCode::kCancelled);
  EXPECT_EQ(late->Wait().code(), absl::StatusCode::kDeadlineExceeded);
  EXPECT_EQ(late->executions(), 1);
  const auto point = static_cast<size_t>(DropPoint::kAfterMemoryWait);
  EXPECT_EQ(counters_.Read().expired[point], 1u);
  EXPECT_EQ(counters_.Read().cancelled[point], 1u);
}

// Capability row 72.
TEST_F(MemoryWaitTest, ARefusalSaysWhenMemoryWillHaveBeenReclaimed) {
  BlockMarking();
  FillWithGarbage();
  std::vector<std::unique_ptr<FunctionCall>> calls;
  // One more than may wait.
  for (int i = 0; i < 101; ++i) {
    calls.push_back(Allocation());
    HostedHeap::Submit(shop_, calls.back().get());
  }
  const absl::Status refused = calls.back()->Wait();
  EXPECT_THAT(refused, HasReason("HEAP_LIMIT"));
  EXPECT_GE(RetryDelayOf(refused), absl::Milliseconds(1));
  EXPECT_LE(RetryDelayOf(refused), absl::Seconds(10));
  Unblock();
  calls.pop_back();
  for (const auto& call : calls) EXPECT_OK(call->Wait());
}

TEST_F(MemoryWaitTest, ABudgetThatAnotherHeapIsAboutToFillSaysWhen) {
  ASSERT_OK(registry_.Create("big", uint64_t{62} << 20, 0).status());
  const auto big = *registry_.Find("big");
  const SessionId session = 7;
  ASSERT_OK(RunAndWait(big, {}, nullptr, [&](HeapAccess& access) {
    const TypeId type = *access.heap.DefineType("Item", TypeKind::kObject, {});
    EXPECT_OK(access.heap.OpenSession(session, ""));
    const std::string payload(100'000, 'x');
    while (access.heap.Allocate(session, type, payload, 0, {}).ok()) {
    }
    return absl::OkStatus();
  }));
  EXPECT_OK(Run([&](HeapAccess& access) {
    Fill(access.heap, session_);
    return absl::OkStatus();
  }));
  const auto hopeless = Allocation();
  HostedHeap::Submit(shop_, hopeless.get());
  EXPECT_THAT(hopeless->Wait(), HasReason("BUDGET"));
  EXPECT_EQ(RetryDelayOf(hopeless->Wait()), absl::nullopt);
  BlockMarking();
  ASSERT_OK(RunAndWait(big, {}, nullptr, [&](HeapAccess& access) {
    EXPECT_OK(access.heap.CloseSession(session));
    access.heap.StartMajor(CollectionReason::kRequested);
    return absl::OkStatus();
  }));
  big->QueueMajorStep();
  while (!big->TimeToReclaim().has_value()) std::this_thread::yield();
  const auto hopeful = Allocation();
  HostedHeap::Submit(shop_, hopeful.get());
  EXPECT_THAT(hopeful->Wait(), HasReason("BUDGET"));
  EXPECT_GE(RetryDelayOf(hopeful->Wait()), absl::Milliseconds(1));
  Unblock();
  while (big->TimeToReclaim().has_value()) std::this_thread::yield();
  const auto served = Allocation();
  HostedHeap::Submit(shop_, served.get());
  EXPECT_OK(served->Wait());
}

TEST_F(MemoryWaitTest, TheEndOfTheHeapEndsTheWait) {
  BlockMarking();
  FillWithGarbage();
  const auto call = Allocation();
  HostedHeap::Submit(shop_, call.get());
  EXPECT_FALSE(call->completed());
  Unblock();
  EXPECT_OK(registry_.Delete("shop"));
  const absl::Status status = call->Wait();
  EXPECT_TRUE(status.ok() || status.code() == absl::StatusCode::kNotFound)
      << status;
}

}  // namespace
}  // namespace heapd::server
