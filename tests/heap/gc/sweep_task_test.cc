#include "heap/gc/sweep_task.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <deque>
#include <functional>
#include <numeric>
#include <utility>
#include <vector>

namespace heapd {
namespace {

// Pieces are numbers, and what comes of one is its double.
class SweepTaskTest : public testing::Test {
 protected:
  using Task = SweepTask<int, int>;

  static std::vector<int> Pieces(int count) {
    std::vector<int> pieces(count);
    std::iota(pieces.begin(), pieces.end(), 0);
    return pieces;
  }
  static int Double(const int& piece) { return 2 * piece; }
  TaskRunner Runner() {
    return [this](std::function<void()> turn) {
      turns_.push_back(std::move(turn));
    };
  }
  void RunTurn() {
    const std::function<void()> turn = std::move(turns_.front());
    turns_.pop_front();
    turn();
  }

  std::deque<std::function<void()>> turns_;
};

TEST_F(SweepTaskTest, WithoutARunnerTakingSweeps) {
  Task task(Pieces(3), Double, nullptr, nullptr);
  EXPECT_FALSE(task.MustWait(2));
  EXPECT_THAT(task.Take(2), testing::UnorderedElementsAre(0, 2));
  EXPECT_FALSE(task.IsDone());
  EXPECT_THAT(task.Take(2), testing::ElementsAre(4));
  EXPECT_TRUE(task.IsDone());
}

TEST_F(SweepTaskTest, WaitsForAsManyAsAreWantedWhileTheTaskRuns) {
  Task task(Pieces(100), Double, Runner(), nullptr);
  EXPECT_TRUE(task.MustWait(1));
  RunTurn();  // not all of them
  EXPECT_FALSE(task.MustWait(16));
  EXPECT_TRUE(task.MustWait(100));
  EXPECT_EQ(task.Take(16).size(), 16u);
  while (!turns_.empty()) RunTurn();
  EXPECT_FALSE(task.MustWait(100)) << "more are not to come";
  EXPECT_EQ(task.Take(100).size(), 84u);
  EXPECT_TRUE(task.IsDone());
}

TEST_F(SweepTaskTest, TakingAllSweepsWhatIsLeft) {
  Task task(Pieces(100), Double, nullptr, nullptr);
  EXPECT_EQ(task.Take(30).size(), 30u);
  EXPECT_EQ(task.TakeAll().size(), 70u);
  EXPECT_TRUE(task.IsDone());
}

TEST_F(SweepTaskTest, NothingToSweepIsDone) {
  Task task({}, Double, Runner(), nullptr);
  EXPECT_TRUE(task.IsDone());
  EXPECT_TRUE(turns_.empty());
}

}  // namespace
}  // namespace heapd
