#include "server/host/mutator_lane.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <thread>
#include <vector>

#include "absl/synchronization/notification.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "tests/server/support/lane_task.h"

namespace heapd::server {
namespace {

using ::testing::ElementsAre;

class MutatorLaneTest : public ::testing::Test {
 protected:
  // Has the lane from Block() to Unblock(), on a thread of the long pool.
  void Block() {
    ASSERT_TRUE(lane_.Run(&blocker_, &long_pool_));
    blocked_.WaitForNotification();
  }
  void Unblock() {
    unblock_.Notify();
    blocker_.Wait();
  }

  // A task on a lane that stays busy waits there; its caller does not.
  void ExpectQueued() {
    Block();
    FunctionTask task([] {});
    ASSERT_TRUE(lane_.Run(&task));
    EXPECT_FALSE(task.done());
    Unblock();
    task.Wait();
  }

  WorkerPool turns_{"turns", 2};
  WorkerPool long_pool_{"long", 1};
  MutatorLane lane_{&turns_, 100};
  absl::Notification blocked_;
  absl::Notification unblock_;
  std::thread::id blocked_on_;
  FunctionTask blocker_{[this] {
    blocked_on_ = std::this_thread::get_id();
    blocked_.Notify();
    unblock_.WaitForNotification();
  }};
};

TEST_F(MutatorLaneTest, AFreeLaneRunsTheTaskOnTheCallersThread) {
  std::thread::id ran_on;
  FunctionTask task([&] { ran_on = std::this_thread::get_id(); });
  ASSERT_TRUE(lane_.Run(&task));
  EXPECT_TRUE(task.done());
  EXPECT_EQ(ran_on, std::this_thread::get_id());
}

TEST_F(MutatorLaneTest, ATaskWithAPoolRunsThere) {
  std::thread::id ran_on;
  FunctionTask task([&] { ran_on = std::this_thread::get_id(); });
  ASSERT_TRUE(lane_.Run(&task, &long_pool_));
  task.Wait();
  EXPECT_NE(ran_on, std::this_thread::get_id());
}

TEST_F(MutatorLaneTest, ABusyLaneQueuesWithoutHoldingTheCaller) {
  ExpectQueued();
}

// Tasks are known to be short here, so the lane is watched before one is
// queued.
class ShortTasksTest : public MutatorLaneTest {
 protected:
  ShortTasksTest() {
    for (int i = 0; i < 100; ++i) {
      FunctionTask task([] {});
      EXPECT_TRUE(lane_.Run(&task));
    }
  }
};

TEST_F(ShortTasksTest, ALaneThatStaysBusyHoldsTheCallerForAMomentOnly) {
  ExpectQueued();
}

TEST_F(ShortTasksTest, ALaneThatIsGivenBackIsTakenByWhoWatchesIt) {
  // Whether it is watched when it is given back is chance: when nobody else
  // wants the processors, nearly always.
  int taken = 0;
  for (int attempt = 0; attempt < 20'000 && taken < 200; ++attempt) {
    std::atomic<bool> is_held{false};
    std::atomic<bool> is_coming{false};
    FunctionTask holder([&] {
      is_held.store(true);
      while (!is_coming.load()) std::this_thread::yield();
      const absl::Time end = absl::Now() + absl::Microseconds(3);
      while (absl::Now() < end) {
      }
    });
    ASSERT_TRUE(lane_.Run(&holder, &long_pool_));
    std::thread::id ran_on;
    FunctionTask task([&] { ran_on = std::this_thread::get_id(); });
    while (!is_held.load()) std::this_thread::yield();
    is_coming.store(true);
    ASSERT_TRUE(lane_.Run(&task));
    task.Wait();
    holder.Wait();
    if (ran_on == std::this_thread::get_id()) ++taken;
  }
  EXPECT_EQ(taken, 200);
}

TEST_F(MutatorLaneTest, TasksRunInTheOrderOfArrival) {
  Block();
  std::vector<int> order;
  std::vector<std::unique_ptr<FunctionTask>> tasks;
  for (int i = 0; i < 100; ++i) {
    tasks.push_back(
        std::make_unique<FunctionTask>([&order, i] { order.push_back(i); }));
    ASSERT_TRUE(lane_.Run(tasks.back().get()));
  }
  Unblock();
  for (auto& task : tasks) task->Wait();
  ASSERT_EQ(order.size(), 100u);
  for (int i = 0; i < 100; ++i) EXPECT_EQ(order[i], i);
}

TEST_F(MutatorLaneTest, ALongTaskKeepsItsPlaceInTheQueue) {
  Block();
  std::vector<int> order;
  FunctionTask first([&] { order.push_back(1); });
  FunctionTask long_task([&] { order.push_back(2); });
  FunctionTask last([&] { order.push_back(3); });
  ASSERT_TRUE(lane_.Run(&first));
  ASSERT_TRUE(lane_.Run(&long_task, &long_pool_));
  ASSERT_TRUE(lane_.Run(&last));
  Unblock();
  last.Wait();
  long_task.Wait();
  EXPECT_THAT(order, ElementsAre(1, 2, 3));
}

TEST_F(MutatorLaneTest, AFullQueueRefuses) {
  Block();
  std::vector<std::unique_ptr<FunctionTask>> tasks;
  for (int i = 0; i < 100; ++i) {
    tasks.push_back(std::make_unique<FunctionTask>([] {}));
    ASSERT_TRUE(lane_.Run(tasks.back().get()));
  }
  FunctionTask refused([] {});
  EXPECT_FALSE(lane_.Run(&refused));
  EXPECT_FALSE(lane_.Run(&refused, &long_pool_));
  Unblock();
  for (auto& task : tasks) task->Wait();
  EXPECT_FALSE(refused.done());
}

// Puts itself back once, behind a task that it puts in front.
class RetryingTask final : public LaneTask {
 public:
  RetryingTask(MutatorLane* lane, LaneTask* before, WorkerPool* pool)
      : lane_(lane), before_(before), pool_(pool) {}

  Outcome Run() override {
    lane_->AssertHeld();
    if (++runs_ == 2) return Outcome::kDone;
    lane_->PutFirst(this);
    lane_->PutFirst(before_, pool_);
    return Outcome::kKept;
  }
  void Done() override { done_.Notify(); }
  int Wait() {
    done_.WaitForNotification();
    return runs_;
  }

 private:
  MutatorLane* const lane_;
  LaneTask* const before_;
  WorkerPool* const pool_;
  int runs_ = 0;
  absl::Notification done_;
};

TEST_F(MutatorLaneTest, ATaskCanPutAnotherBeforeItselfAndRunAgain) {
  FunctionTask before([] {});
  RetryingTask task(&lane_, &before, &long_pool_);
  ASSERT_TRUE(lane_.Run(&task));
  before.Wait();
  EXPECT_EQ(task.Wait(), 2);
}

TEST_F(MutatorLaneTest, TheOldestWaitIsSeenWithoutTheLane) {
  EXPECT_EQ(lane_.OldestWaitingAge(), absl::ZeroDuration());
  Block();
  EXPECT_EQ(lane_.OldestWaitingAge(), absl::ZeroDuration());
  FunctionTask task([] {});
  ASSERT_TRUE(lane_.Run(&task));
  EXPECT_GT(lane_.OldestWaitingAge(), absl::ZeroDuration());
  EXPECT_LT(lane_.OldestWaitingAge(), absl::Minutes(5));
  Unblock();
  task.Wait();
  EXPECT_EQ(lane_.OldestWaitingAge(), absl::ZeroDuration());
}

// Keeps the thread for a millisecond.
void Work() {
  const absl::Time end = absl::Now() + absl::Milliseconds(1);
  while (absl::Now() < end) continue;
}

TEST_F(MutatorLaneTest, TheTimeToBeginFollowsTheQueueAndWhatTasksTook) {
  EXPECT_EQ(lane_.TimeToBegin(), absl::ZeroDuration());
  Block();
  std::vector<std::unique_ptr<FunctionTask>> tasks;
  absl::Duration half_way;
  for (int i = 0; i < 100; ++i) {
    tasks.push_back(std::make_unique<FunctionTask>([&, i] {
      Work();
      if (i == 49) half_way = lane_.TimeToBegin();
    }));
    ASSERT_TRUE(lane_.Run(tasks.back().get()));
  }
  Unblock();
  for (auto& task : tasks) task->Wait();
  // Fifty wait, of a millisecond each and some more.
  EXPECT_GT(half_way, absl::Milliseconds(40));
  EXPECT_LT(half_way, absl::Seconds(10));
  EXPECT_EQ(lane_.TimeToBegin(), absl::ZeroDuration());
}

TEST_F(MutatorLaneTest, OneLongTaskDoesNotSpoilTheEstimate) {
  std::unique_ptr<FunctionTask> long_tasks[16];
  for (auto& task : long_tasks) {
    task = std::make_unique<FunctionTask>([] {});
    ASSERT_TRUE(lane_.Run(task.get()));
  }
  Block();
  while (lane_.StuckAge() < absl::Milliseconds(200)) std::this_thread::yield();
  absl::Duration estimate;
  FunctionTask first([&] { estimate = lane_.TimeToBegin(); });
  FunctionTask second([] {});
  ASSERT_TRUE(lane_.Run(&first));
  ASSERT_TRUE(lane_.Run(&second));
  Unblock();
  first.Wait();
  second.Wait();
  EXPECT_LT(estimate, absl::Milliseconds(200));
}

TEST_F(MutatorLaneTest, ATaskThatKeepsTheLaneIsSeenThoughNoneWaits) {
  EXPECT_EQ(lane_.StuckAge(), absl::ZeroDuration());
  Block();
  EXPECT_EQ(lane_.OldestWaitingAge(), absl::ZeroDuration());
  while (lane_.StuckAge() < absl::Milliseconds(5)) std::this_thread::yield();
  // Another one begins: the age is its own.
  absl::Duration age = absl::Hours(1);
  FunctionTask next([&] { age = lane_.StuckAge(); });
  ASSERT_TRUE(lane_.Run(&next, &long_pool_));
  Unblock();
  next.Wait();
  EXPECT_EQ(age, absl::ZeroDuration());
  FunctionTask last([] {});
  ASSERT_TRUE(lane_.Run(&last));
  last.Wait();
  while (lane_.StuckAge() > absl::ZeroDuration()) std::this_thread::yield();
}

TEST_F(MutatorLaneTest, ACallerDoesNotWorkForOthersWithoutEnd) {
  Block();
  // More than one turn of them, so the pool has to take over from the thread
  // that had the lane.
  std::thread::id last_ran_on;
  std::vector<std::unique_ptr<FunctionTask>> tasks;
  for (int i = 0; i < 100; ++i) {
    tasks.push_back(std::make_unique<FunctionTask>(
        [&] { last_ran_on = std::this_thread::get_id(); }));
    ASSERT_TRUE(lane_.Run(tasks.back().get()));
  }
  Unblock();
  for (auto& task : tasks) task->Wait();
  EXPECT_NE(last_ran_on, blocked_on_);
}

}  // namespace
}  // namespace heapd::server
