#include "server/host/action_queue.h"

#include <gtest/gtest.h>

#include "heap/base/error.h"
#include "server/base/reasons.h"

namespace heapd::server {
namespace {

AutomaticAction Action(SnapshotTrigger trigger, const std::string& heap) {
  AutomaticAction action;
  action.key = {trigger, "", heap};
  action.instance = "1";
  return action;
}

absl::Status Fails(absl::string_view reason) {
  return MakeError(absl::StatusCode::kResourceExhausted, reason, "no");
}

class ActionQueueTest : public ::testing::Test {
 protected:
  void Add(const AutomaticAction& action) { queue_.Add(action, now_); }
  size_t TakeAfter(absl::Duration time) {
    now_ += time;
    return queue_.Take(now_).size();
  }
  bool Failed(absl::string_view reason) {
    return queue_.Failed(leak_.key, Fails(reason), now_);
  }

  const AutomaticAction leak_ = Action(SnapshotTrigger::kLeak, "shop");
  absl::Time now_ = absl::FromUnixSeconds(1'000'000);
  ActionQueue queue_{2};
};

TEST_F(ActionQueueTest, OneIsUnderWayUntilItIsDone) {
  Add(leak_);
  Add(leak_);
  EXPECT_EQ(TakeAfter(absl::ZeroDuration()), 1u);
  Add(leak_);
  EXPECT_EQ(TakeAfter(absl::Hours(5)), 0u) << "however long it takes";
  EXPECT_TRUE(queue_.Done(leak_.key));
  EXPECT_FALSE(queue_.Has(leak_.key));
  EXPECT_FALSE(queue_.Done(leak_.key));
  Add(leak_);
  EXPECT_EQ(TakeAfter(absl::ZeroDuration()), 1u);
}

TEST_F(ActionQueueTest, WhatFailsIsTriedAgainAfterLongerAndLongerPauses) {
  Add(leak_);
  EXPECT_EQ(TakeAfter(absl::ZeroDuration()), 1u);
  for (const int seconds : {10, 20, 40, 80, 160, 300, 300}) {
    Failed(reason::kStorageFull);
    EXPECT_EQ(TakeAfter(absl::Seconds(seconds - 1)), 0u) << seconds;
    EXPECT_EQ(TakeAfter(absl::Seconds(1)), 1u) << seconds;
  }
}

TEST_F(ActionQueueTest, AfterAnHourItIsGivenUp) {
  Add(leak_);
  int tries = 0;
  for (int second = 0; second < 7200; ++second) {
    if (TakeAfter(absl::Seconds(1)) == 0) continue;
    ++tries;
    Failed(reason::kStorageFull);
  }
  EXPECT_FALSE(queue_.Has(leak_.key));
  EXPECT_GE(tries, 10);
  EXPECT_LE(tries, 20);
}

TEST_F(ActionQueueTest, WhoWaitsForATurnDoesNotWaitLongAndIsNoNews) {
  Add(leak_);
  EXPECT_EQ(TakeAfter(absl::ZeroDuration()), 1u);
  for (const int seconds : {2, 4, 8, 16, 30, 30}) {
    EXPECT_FALSE(Failed(reason::kSnapshotRunning));
    EXPECT_EQ(TakeAfter(absl::Seconds(seconds - 1)), 0u) << seconds;
    EXPECT_EQ(TakeAfter(absl::Seconds(1)), 1u) << seconds;
  }
}

TEST_F(ActionQueueTest, NoMoreSnapshotsAreUnderWayThanMayBe) {
  for (const char* heap : {"a", "b", "c"}) {
    Add(Action(SnapshotTrigger::kSchedule, heap));
  }
  AutomaticAction log = Action(SnapshotTrigger::kRule, "a");
  log.kind = RuleAction::kLog;
  Add(log);
  EXPECT_EQ(TakeAfter(absl::ZeroDuration()), 3u) << "two, and a line";
  EXPECT_EQ(TakeAfter(absl::Seconds(1)), 0u);
  queue_.Done(Action(SnapshotTrigger::kSchedule, "a").key);
  EXPECT_EQ(TakeAfter(absl::Seconds(1)), 1u);
}

TEST_F(ActionQueueTest, WhyItFailsIsToldOnce) {
  Add(leak_);
  EXPECT_TRUE(Failed(reason::kStorageFull));
  EXPECT_FALSE(Failed(reason::kStorageFull));
  EXPECT_TRUE(Failed(reason::kSnapshotQuota));
  EXPECT_TRUE(Failed(reason::kStorageFull));
  queue_.Done(leak_.key);
  Add(leak_);
  EXPECT_TRUE(Failed(reason::kStorageFull)) << "it had been done in between";
}

TEST_F(ActionQueueTest, OneNearItsLimitAtATime) {
  const AutomaticAction first = Action(SnapshotTrigger::kNearLimit, "a");
  const AutomaticAction second = Action(SnapshotTrigger::kNearLimit, "b");
  Add(first);
  Add(second);
  Add(leak_);
  EXPECT_EQ(TakeAfter(absl::ZeroDuration()), 2u) << "one of them, and the leak";
  EXPECT_EQ(TakeAfter(absl::Seconds(1)), 0u);
  queue_.Done(first.key);
  EXPECT_EQ(TakeAfter(absl::Seconds(1)), 1u);
}

TEST_F(ActionQueueTest, WhatIsForAHeapThatIsGoneIsDropped) {
  const auto gone = [](const AutomaticAction& action) {
    return action.key.heap == "shop";
  };
  Add(leak_);
  queue_.DropIf(gone);
  EXPECT_EQ(TakeAfter(absl::ZeroDuration()), 0u);
  Add(leak_);
  EXPECT_EQ(TakeAfter(absl::ZeroDuration()), 1u);
  queue_.DropIf(gone);
  EXPECT_TRUE(queue_.Has(leak_.key)) << "until it ends";
  EXPECT_FALSE(queue_.Done(leak_.key)) << "but nobody wanted it";
  Add(leak_);
  EXPECT_EQ(TakeAfter(absl::ZeroDuration()), 1u);
  queue_.DropIf(gone);
  Failed(reason::kStorageFull);
  EXPECT_FALSE(queue_.Has(leak_.key));
}

}  // namespace
}  // namespace heapd::server
