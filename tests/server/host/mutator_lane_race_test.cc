// Many threads on one lane, for ThreadSanitizer: what tasks do to plain data
// needs no other lock.

#include <gtest/gtest.h>

#include <cstdint>
#include <thread>
#include <vector>

#include "absl/synchronization/blocking_counter.h"
#include "server/host/mutator_lane.h"

namespace heapd::server {
namespace {

constexpr int kThreads = 4;
constexpr int kTasksPerThread = 5000;

// State that only the lane guards.
struct Guarded {
  int64_t count = 0;
  int inside = 0;
};

class CountingTask final : public LaneTask {
 public:
  CountingTask(MutatorLane* lane, Guarded* guarded, WorkerPool* long_pool,
               int number, absl::BlockingCounter* left)
      : lane_(lane),
        guarded_(guarded),
        long_pool_(long_pool),
        number_(number),
        left_(left) {}

  Outcome Run() override {
    lane_->AssertHeld();
    EXPECT_EQ(guarded_->inside++, 0);
    ++guarded_->count;
    --guarded_->inside;
    if (number_ % 97 != 0 || again_) return Outcome::kDone;
    again_ = true;
    --guarded_->count;
    lane_->PutFirst(this, number_ % 2 == 0 ? long_pool_ : nullptr);
    return Outcome::kKept;
  }
  void Done() override {
    absl::BlockingCounter* const left = left_;
    delete this;
    left->DecrementCount();
  }

 private:
  MutatorLane* const lane_;
  Guarded* const guarded_;
  WorkerPool* const long_pool_;
  const int number_;
  absl::BlockingCounter* const left_;
  bool again_ = false;
};

TEST(MutatorLaneRaceTest, EveryTaskRunsOnceAndAlone) {
  WorkerPool turns("turns", 2);
  WorkerPool long_pool("long", 2);
  MutatorLane lane(&turns, kThreads * kTasksPerThread);
  Guarded guarded;
  absl::BlockingCounter left(kThreads * kTasksPerThread);
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < kTasksPerThread; ++i) {
        const int number = i * kThreads + t;
        WorkerPool* const pool = number % 31 == 0 ? &long_pool : nullptr;
        ASSERT_TRUE(lane.Run(
            new CountingTask(&lane, &guarded, &long_pool, number, &left),
            pool));
      }
    });
  }
  std::thread reader([&] {
    for (int i = 0; i < kTasksPerThread; ++i) {
      EXPECT_LT(lane.OldestWaitingAge(), absl::Minutes(5));
    }
  });
  for (std::thread& thread : threads) thread.join();
  left.Wait();
  reader.join();
  long_pool.Stop();
  turns.Stop();
  EXPECT_EQ(guarded.count, kThreads * kTasksPerThread);
}

}  // namespace
}  // namespace heapd::server
