#include "server/host/hosted_heap.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/synchronization/notification.h"
#include "heap/base/error.h"
#include "server/base/recent_collections.h"
#include "server/base/retry_delay.h"
#include "tests/heap/status_matchers.h"
#include "tests/server/support/function_call.h"
#include "tests/server/support/host_fixture.h"

namespace heapd::server {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;

absl::Status Nothing(HeapAccess&) { return absl::OkStatus(); }

class HostedHeapTest : public HostFixture {
 protected:
  // Has the lane from Block() to Unblock().
  void Block() {
    HostedHeap::Submit(shop_, &blocker_, &collections_);
    blocked_.WaitForNotification();
  }
  void Unblock() {
    unblock_.Notify();
    EXPECT_OK(blocker_.Wait());
  }

  absl::Notification blocked_;
  absl::Notification unblock_;
  FunctionCall blocker_{[this](HeapAccess&) {
    blocked_.Notify();
    unblock_.WaitForNotification();
    return absl::OkStatus();
  }};
};

TEST_F(HostedHeapTest, ACallOnAFreeHeapRunsAtOnceOnItsThread) {
  std::thread::id ran_on;
  FunctionCall call([&](HeapAccess&) {
    ran_on = std::this_thread::get_id();
    return absl::OkStatus();
  });
  HostedHeap::Submit(shop_, &call);
  EXPECT_TRUE(call.completed());
  EXPECT_EQ(ran_on, std::this_thread::get_id());
}

TEST_F(HostedHeapTest, ACallOnABusyHeapHoldsNoThread) {
  Block();
  FunctionCall call(Nothing);
  HostedHeap::Submit(shop_, &call);
  EXPECT_FALSE(call.completed());
  EXPECT_GT(shop_->OldestWaitingAge(), absl::ZeroDuration());
  Unblock();
  EXPECT_OK(call.Wait());
}

TEST_F(HostedHeapTest, OverAHundredWaitingCallsAreRefusedWithATimeToRetry) {
  Block();
  std::vector<std::unique_ptr<FunctionCall>> calls;
  for (int i = 0; i < 100; ++i) {
    calls.push_back(std::make_unique<FunctionCall>(Nothing));
    HostedHeap::Submit(shop_, calls.back().get());
  }
  FunctionCall refused(Nothing);
  HostedHeap::Submit(shop_, &refused);
  ASSERT_TRUE(refused.completed());
  const absl::Status status = refused.Wait();
  EXPECT_THAT(status, HasReason("OVERLOADED"));
  EXPECT_GE(RetryDelayOf(status).value(), absl::Milliseconds(1));
  EXPECT_EQ(refused.executions(), 0);
  Unblock();
  for (auto& call : calls) EXPECT_OK(call->Wait());
}

TEST_F(HostedHeapTest, ACallPastItsDeadlineCostsNothing) {
  CallTerms terms;
  terms.deadline = absl::Now() - absl::Seconds(1);
  FunctionCall call(Nothing, terms);
  HostedHeap::Submit(shop_, &call);
  EXPECT_EQ(call.Wait().code(), absl::StatusCode::kDeadlineExceeded);
  EXPECT_EQ(call.executions(), 0);
}

TEST_F(HostedHeapTest, ACancelledCallCostsNothing) {
  Block();
  FunctionCall call(Nothing);
  call.set_cancelled();
  HostedHeap::Submit(shop_, &call);
  Unblock();
  EXPECT_EQ(call.Wait().code(), absl::StatusCode::kCancelled);
  EXPECT_EQ(call.executions(), 0);
}

TEST_F(HostedHeapTest, ACallRenewsItsSession) {
  const SessionId session = OpenSession(absl::Seconds(10));
  CallTerms terms;
  terms.session = session;
  for (int i = 0; i < 5; ++i) {
    clock_.Advance(absl::Seconds(9));
    shop_->ExpireLeases();
    EXPECT_OK(Run(Nothing, terms)) << i;
  }
  clock_.Advance(absl::Seconds(11));
  EXPECT_THAT(Run(Nothing, terms), HasReason("SESSION_EXPIRED"));
}

TEST_F(HostedHeapTest, ASessionThatNobodyRenewsIsClosed) {
  const SessionId session = OpenSession(absl::Seconds(10));
  EXPECT_EQ(shop_->figures().session_count, 1u);
  clock_.Advance(absl::Seconds(9));
  shop_->ExpireLeases();
  Settle();
  EXPECT_EQ(shop_->figures().session_count, 1u);
  clock_.Advance(absl::Seconds(2));
  shop_->ExpireLeases();
  Settle();
  EXPECT_EQ(shop_->figures().session_count, 0u);
  EXPECT_OK(Run([&](HeapAccess& access) {
    EXPECT_FALSE(access.heap.HasSession(session));
    return absl::OkStatus();
  }));
}

TEST_F(HostedHeapTest, ManySessionsThatEndAtOnceAreAllClosedInTurns) {
  EXPECT_OK(Run([&](HeapAccess& access) {
    for (int i = 0; i < 2000; ++i) {
      const SessionId session = access.leases.NewId();
      EXPECT_OK(access.heap.OpenSession(session, ""));
      access.leases.Add(session, absl::Seconds(1), access.now);
    }
    return absl::OkStatus();
  }));
  clock_.Advance(absl::Seconds(2));
  int turns = 0;
  for (; turns < 100'000 && shop_->ExpireLeases(); ++turns) {
    // A call that comes between two turns is served.
    Settle();
  }
  EXPECT_GT(turns, 1);
  EXPECT_EQ(shop_->figures().session_count, 0u);
}

// A session with many holds takes no longer to close than one with few.
TEST_F(HostedHeapTest, ASessionWithManyHoldsIsClosedInOneTurn) {
  const TypeId type = DefineType();
  const SessionId session = OpenSession(absl::Seconds(10));
  EXPECT_OK(Run([&](HeapAccess& access) {
    for (int i = 0; i < 50'000; ++i) {
      EXPECT_OK(access.heap.Allocate(session, type, "", 0, {}).status());
    }
    EXPECT_GT(access.heap.Stats().committed_bytes, 50'000u * 4);
    return absl::OkStatus();
  }));
  clock_.Advance(absl::Seconds(11));
  EXPECT_TRUE(shop_->ExpireLeases());
  EXPECT_OK(Run([&](HeapAccess& access) {
    EXPECT_FALSE(access.heap.HasSession(session));
    EXPECT_EQ(access.heap.Stats().hold_count, 0u);
    EXPECT_OK(access.heap.Verify());
    access.heap.Collect(CollectionReason::kRequested);
    EXPECT_EQ(access.heap.object_count(), 0u);
    return absl::OkStatus();
  }));
}

// Sessions that stayed because the heap has too much to do would keep what
// makes it so.
TEST_F(HostedHeapTest, SessionsEndHoweverManyCallsWait) {
  OpenSession(absl::Seconds(1));
  Block();
  std::vector<std::unique_ptr<FunctionCall>> calls;
  for (int i = 0; i < 100; ++i) {
    calls.push_back(std::make_unique<FunctionCall>(Nothing));
    HostedHeap::Submit(shop_, calls.back().get());
  }
  clock_.Advance(absl::Seconds(2));
  EXPECT_TRUE(shop_->ExpireLeases());
  Unblock();
  for (auto& call : calls) EXPECT_OK(call->Wait());
  Settle();
  EXPECT_EQ(shop_->figures().session_count, 0u);
}

TEST_F(HostedHeapTest, AnIdleHeapForgetsItsAnswers) {
  CallTerms terms;
  terms.request_id = "once";
  EXPECT_OK(Run(Nothing, terms));
  EXPECT_FALSE(shop_->ExpireLeases());
  clock_.Advance(absl::Minutes(11));
  EXPECT_TRUE(shop_->ExpireLeases());
  EXPECT_FALSE(shop_->ExpireLeases());
}

TEST_F(HostedHeapTest, ACallThatCameInTimeKeepsItsSessionThroughALongWait) {
  CallTerms terms;
  terms.session = OpenSession(absl::Seconds(10));
  const SessionId other = OpenSession(absl::Seconds(5));
  Block();
  clock_.Advance(absl::Seconds(8));
  FunctionCall call(Nothing, terms);
  HostedHeap::Submit(shop_, &call);
  shop_->ExpireLeases();  // for the other one
  clock_.Advance(absl::Seconds(60));
  Unblock();
  EXPECT_OK(call.Wait());
  Settle();
  EXPECT_OK(Run([&](HeapAccess& access) {
    EXPECT_TRUE(access.heap.HasSession(terms.session));
    EXPECT_FALSE(access.heap.HasSession(other));
    return absl::OkStatus();
  }));
}

TEST_F(HostedHeapTest, ARequestIdIsAppliedOnce) {
  CallTerms terms;
  terms.request_id = "retry-me";
  terms.fingerprint = 1;
  FunctionCall first(Nothing, terms);
  HostedHeap::Submit(shop_, &first);
  EXPECT_OK(first.Wait());
  FunctionCall again(Nothing, terms);
  HostedHeap::Submit(shop_, &again);
  EXPECT_OK(again.Wait());
  EXPECT_EQ(again.executions(), 0);
  EXPECT_EQ(again.replayed(), "answer");
  terms.fingerprint = 2;
  EXPECT_THAT(Run(Nothing, terms), HasReason("REQUEST_ID_REUSED"));
}

TEST_F(HostedHeapTest, AFailedRequestIsTriedAgain) {
  CallTerms terms;
  terms.request_id = "retry-me";
  EXPECT_FALSE(
      Run([](HeapAccess&) { return absl::InternalError("no"); }, terms).ok());
  FunctionCall again(Nothing, terms);
  HostedHeap::Submit(shop_, &again);
  EXPECT_OK(again.Wait());
  EXPECT_EQ(again.executions(), 1);
}

TEST_F(HostedHeapTest, AHeapFullOfLiveObjectsAnswersAndGoesOn) {
  const TypeId type = DefineType();
  const SessionId session = OpenSession();
  absl::Status status;
  EXPECT_OK(Run([&](HeapAccess& access) {
    do {
      status =
          access.heap.Allocate(session, type, std::string(1000, 'x'), 0, {})
              .status();
    } while (status.ok());
    return absl::OkStatus();
  }));
  EXPECT_THAT(status, HasReason("HEAP_LIMIT"));
  const auto allocate = [&](HeapAccess& access) {
    return access.heap.Allocate(session, type, std::string(1000, 'x'), 0, {})
        .status();
  };
  EXPECT_OK(Run([](HeapAccess& access) {
    access.heap.Collect(CollectionReason::kRequested);
    return absl::OkStatus();
  }));
  const absl::Status refused = Run(allocate);
  EXPECT_THAT(refused, HasReason("HEAP_LIMIT"));
  // Capability row 58.
  EXPECT_THAT(RecentCollectionsOf(refused),
              Contains(HasSubstr(") requested; heap ")));
  EXPECT_OK(Run(
      [&](HeapAccess& access) { return access.heap.CloseSession(session); }));
  const SessionId another = OpenSession();
  EXPECT_OK(Run([&](HeapAccess& access) {
    return access.heap.Allocate(another, type, std::string(1000, 'x'), 0, {})
        .status();
  }));
}

TEST_F(HostedHeapTest, AWatchHearsOfCollectionsAndOfTheEnd) {
  absl::Notification woken;
  auto watch = std::make_shared<CollectionWatch>([&] {
    if (!woken.HasBeenNotified()) woken.Notify();
  });
  shop_->AddWatch(watch);
  EXPECT_OK(Run([](HeapAccess& access) {
    access.heap.Collect(CollectionReason::kRequested);
    return absl::OkStatus();
  }));
  woken.WaitForNotification();
  const auto event = watch->Take();
  ASSERT_TRUE(event.has_value());
  EXPECT_EQ(event->collection.sequence, 1u);
  EXPECT_OK(registry_.Delete("shop"));
  EXPECT_THAT(watch->closed(), HasReason("HEAP_NOT_FOUND"));
  watch->Detach();
}

}  // namespace
}  // namespace heapd::server
