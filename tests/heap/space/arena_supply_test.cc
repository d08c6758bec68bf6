#include "heap/space/arena_supply.h"

#include <gtest/gtest.h>

#include <cstring>
#include <functional>
#include <vector>

#include "heap/base/reservation.h"

namespace heapd {
namespace {

class ArenaSupplyTest : public ::testing::Test {
 protected:
  // Runs when the test says so.
  TaskRunner runner() {
    return [this](std::function<void()> task) { tasks_.push_back(task); };
  }
  void RunTasks() {
    for (const auto& task : std::exchange(tasks_, {})) task();
  }

  std::vector<std::function<void()>> tasks_;
};

TEST_F(ArenaSupplyTest, HasNoneUntilItsTaskHasRun) {
  ArenaSupply supply(runner());
  EXPECT_EQ(supply.Take(1), nullptr);
  EXPECT_EQ(supply.Take(1), nullptr);
  ASSERT_EQ(tasks_.size(), 1u) << "one at a time";
  RunTasks();
  char* const arena = supply.Take(1);
  ASSERT_NE(arena, nullptr);
  EXPECT_EQ(reinterpret_cast<uintptr_t>(arena) % kArenaBytes, 0u);
  std::memset(arena, 1, kArenaBytes);
  Unmap(arena, kArenaBytes);
  EXPECT_EQ(tasks_.size(), 1u) << "the next one";
  RunTasks();
}

TEST_F(ArenaSupplyTest, ALargeHeapHasSomeAtHand) {
  EXPECT_EQ(ArenaSupply::WantedFor(1), 1u);
  EXPECT_EQ(ArenaSupply::WantedFor(64), 3u);
  EXPECT_EQ(ArenaSupply::WantedFor(100'000), 4u);
  ArenaSupply supply(runner());
  EXPECT_EQ(supply.Take(64), nullptr);
  RunTasks();
  for (int i = 0; i < 3; ++i) {
    char* const arena = supply.Take(64);
    ASSERT_NE(arena, nullptr);
    Unmap(arena, kArenaBytes);
  }
  EXPECT_EQ(supply.Take(64), nullptr);
  RunTasks();
}

TEST_F(ArenaSupplyTest, WithoutARunnerThereAreNone) {
  ArenaSupply supply(nullptr);
  EXPECT_EQ(supply.Take(1), nullptr);
  EXPECT_EQ(supply.Take(1), nullptr);
}

}  // namespace
}  // namespace heapd
