#include "heap/snapshot/snapshot_budget.h"

#include <gtest/gtest.h>

#include "tests/heap/status_matchers.h"

namespace heapd {
namespace {

TEST(SnapshotBudgetTest, TakesNoMoreThanItMay) {
  MemoryBudget shared(1000);
  SnapshotBudget budget(&shared, 100);
  EXPECT_TRUE(budget.Take(60));
  EXPECT_FALSE(budget.Take(41));
  EXPECT_EQ(shared.charged_bytes(), 60u);
  budget.Give(60);
  EXPECT_EQ(shared.charged_bytes(), 0u);
}

TEST(SnapshotBudgetTest, AReserveIsUsedFirstAndGivenBackLast) {
  MemoryBudget shared(1000);
  MemoryBudget reserve(100);
  {
    SnapshotBudget budget(&shared, 50, &reserve);
    EXPECT_TRUE(budget.Take(80));
    EXPECT_EQ(shared.charged_bytes(), 0u);
    EXPECT_TRUE(budget.Take(40)) << "of what is shared";
    EXPECT_FALSE(budget.Take(40));
    EXPECT_EQ(shared.charged_bytes(), 40u);
    budget.Give(50);
    EXPECT_EQ(shared.charged_bytes(), 0u);
    EXPECT_EQ(reserve.charged_bytes(), 70u);
  }
  EXPECT_EQ(reserve.charged_bytes(), 0u);
}

TEST(SnapshotBudgetTest, AReserveIsThereWhenNothingElseIs) {
  MemoryBudget shared(1000);
  MemoryAccount others(&shared);
  EXPECT_OK(others.SetLimits(1000, 1000));
  SnapshotBudget without(&shared, 50);
  EXPECT_FALSE(without.Take(1));
  MemoryBudget reserve(100);
  SnapshotBudget with(&shared, 50, &reserve);
  EXPECT_TRUE(with.Take(100));
  EXPECT_FALSE(with.Take(1));
}

}  // namespace
}  // namespace heapd
