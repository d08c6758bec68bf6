#include "heap/object/snapshot_ids.h"

#include <gtest/gtest.h>

#include "tests/heap/status_matchers.h"

namespace heapd {
namespace {

class SnapshotIdsTest : public ::testing::Test {
 protected:
  SnapshotIdsTest() { EXPECT_OK(account_.SetLimits(1 << 20, 0)); }

  MemoryBudget budget_{uint64_t{1} << 40};
  MemoryAccount account_{&budget_};
  SnapshotIds ids_{&account_};
};

TEST_F(SnapshotIdsTest, AHeapWithoutSnapshotsPaysNothing) {
  ids_.Forget(12);
  EXPECT_EQ(account_.committed_bytes(), 0u);
}

TEST_F(SnapshotIdsTest, IdsAreOddAscendAndStay) {
  ASSERT_TRUE(ids_.Prepare(100, 3));
  EXPECT_EQ(ids_.IdOf(50), 101u);
  EXPECT_EQ(ids_.IdOf(7), 103u);
  EXPECT_EQ(ids_.IdOf(50), 101u);
  EXPECT_EQ(ids_.TakeId(), 105u);
}

TEST_F(SnapshotIdsTest, TheNextObjectAtAnIndexHasAnIdOfItsOwn) {
  ASSERT_TRUE(ids_.Prepare(100, 2));
  const uint32_t first = ids_.IdOf(50);
  ids_.Forget(50);
  EXPECT_GT(ids_.IdOf(50), first);
}

TEST_F(SnapshotIdsTest, GrowingKeepsTheIds) {
  ASSERT_TRUE(ids_.Prepare(100, 1));
  const uint32_t id = ids_.IdOf(99);
  ASSERT_TRUE(ids_.Prepare(100'000, 1));
  EXPECT_EQ(ids_.IdOf(99), id);
  EXPECT_EQ(account_.committed_bytes(), 401'408u) << "whole system pages";
}

TEST_F(SnapshotIdsTest, WithoutMemoryThereIsNoRoom) {
  EXPECT_FALSE(ids_.Prepare(1 << 20, 1));
  EXPECT_EQ(account_.committed_bytes(), 0u);
}

TEST_F(SnapshotIdsTest, WhatDoesNotFitComesOutOfTheReserve) {
  MemoryBudget reserve(4 << 20);
  {
    SnapshotIds ids(&account_);
    ASSERT_TRUE(ids.Prepare(1000, 1, &reserve));
    EXPECT_EQ(reserve.charged_bytes(), 0u);
    ASSERT_TRUE(ids.Prepare(1 << 20, 1, &reserve));
    EXPECT_EQ(account_.committed_bytes(), 4096u);
    EXPECT_EQ(reserve.charged_bytes(), (4u << 20) - 4096u);
    EXPECT_FALSE(ids.Prepare(2 << 20, 1, &reserve));
    EXPECT_EQ(ids.IdOf((1 << 20) - 1), 101u);
  }
  EXPECT_EQ(account_.committed_bytes(), 0u);
  EXPECT_EQ(reserve.charged_bytes(), 0u);
}

TEST_F(SnapshotIdsTest, IdsDoNotPass32Bits) {
  EXPECT_FALSE(ids_.Prepare(10, uint64_t{1} << 31));
}

}  // namespace
}  // namespace heapd
