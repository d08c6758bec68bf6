#include "heap/base/memory_budget.h"

#include <gtest/gtest.h>

#include "tests/heap/status_matchers.h"

namespace heapd {
namespace {

TEST(MemoryAccountTest, TakesUpToItsLimit) {
  MemoryBudget budget(1000);
  MemoryAccount account(&budget);
  ASSERT_OK(account.SetLimits(100, 0));
  EXPECT_TRUE(account.Take(100));
  EXPECT_FALSE(account.Take(1));
  EXPECT_THAT(account.Exhausted(), HasReason(reason::kHeapLimit));
  EXPECT_EQ(account.committed_bytes(), 100u);
  EXPECT_EQ(budget.charged_bytes(), 100u);
}

TEST(MemoryAccountTest, WhatIsGivenBackCanBeTakenAgain) {
  MemoryBudget budget(1000);
  MemoryAccount account(&budget);
  ASSERT_OK(account.SetLimits(100, 0));
  ASSERT_TRUE(account.Take(100));
  account.Give(40);
  EXPECT_EQ(budget.charged_bytes(), 60u);
  EXPECT_TRUE(account.Take(40));
}

TEST(MemoryAccountTest, TheBudgetIsSharedByAll) {
  MemoryBudget budget(150);
  MemoryAccount a(&budget);
  MemoryAccount b(&budget);
  ASSERT_OK(a.SetLimits(100, 0));
  ASSERT_OK(b.SetLimits(100, 0));
  ASSERT_TRUE(a.Take(100));
  EXPECT_FALSE(b.Take(51));
  EXPECT_THAT(b.Exhausted(), HasReason(reason::kBudget));
  EXPECT_TRUE(b.Take(50));
}

// Capability row 10.
TEST(MemoryAccountTest, AReservationCannotBeTakenByAnother) {
  MemoryBudget budget(100);
  MemoryAccount a(&budget);
  MemoryAccount b(&budget);
  ASSERT_OK(b.SetLimits(100, 60));
  ASSERT_OK(a.SetLimits(100, 0));
  EXPECT_FALSE(a.Take(41));
  EXPECT_TRUE(a.Take(40));
  EXPECT_TRUE(b.Take(60)) << "the reservation was there all the time";
  EXPECT_EQ(budget.charged_bytes(), 100u);
}

TEST(MemoryAccountTest, AReservationThatDoesNotFitChangesNothing) {
  MemoryBudget budget(100);
  MemoryAccount a(&budget);
  MemoryAccount b(&budget);
  ASSERT_OK(a.SetLimits(100, 70));
  ASSERT_OK(b.SetLimits(50, 10));
  EXPECT_THAT(b.SetLimits(90, 31), HasReason(reason::kBudget));
  EXPECT_EQ(b.limit_bytes(), 50u);
  EXPECT_EQ(b.reservation_bytes(), 10u);
  EXPECT_EQ(budget.charged_bytes(), 80u);
}

TEST(MemoryAccountTest, ALimitBelowWhatIsCommittedRefusesMoreOnly) {
  MemoryBudget budget(100);
  MemoryAccount account(&budget);
  ASSERT_OK(account.SetLimits(100, 0));
  ASSERT_TRUE(account.Take(80));
  ASSERT_OK(account.SetLimits(50, 0));
  EXPECT_FALSE(account.Take(1));
  EXPECT_THAT(account.Exhausted(), HasReason(reason::kHeapLimit));
  account.Give(40);
  EXPECT_TRUE(account.Take(10));
}

TEST(MemoryAccountTest, UndoingTakesEvenOverTheLimits) {
  MemoryBudget budget(100);
  MemoryAccount a(&budget);
  MemoryAccount b(&budget);
  ASSERT_OK(a.SetLimits(100, 0));
  ASSERT_OK(b.SetLimits(100, 0));
  ASSERT_TRUE(a.Take(60));
  a.Give(60);
  ASSERT_TRUE(b.Take(90));
  a.TakeAgain(60);
  EXPECT_EQ(budget.charged_bytes(), 150u);
  EXPECT_FALSE(b.Take(1));
  a.Give(60);
  EXPECT_TRUE(b.Take(10));
}

TEST(MemoryAccountTest, AnAccountThatGoesLeavesNoCharge) {
  MemoryBudget budget(100);
  {
    MemoryAccount account(&budget);
    ASSERT_OK(account.SetLimits(100, 30));
    ASSERT_TRUE(account.Take(50));
    EXPECT_EQ(budget.charged_bytes(), 50u);
  }
  EXPECT_EQ(budget.charged_bytes(), 0u);
}

TEST(MemoryAccountTest, SumsThatWouldOverflowAreRefused) {
  MemoryBudget budget(UINT64_MAX);
  MemoryAccount account(&budget);
  ASSERT_OK(account.SetLimits(UINT64_MAX, 0));
  ASSERT_TRUE(account.Take(100));
  EXPECT_FALSE(account.Take(UINT64_MAX));
}

TEST(MemoryAccountTest, TheErrorIsOfWhatWasRefusedWhateverWasGivenBackSince) {
  MemoryBudget budget(1000);
  MemoryAccount account(&budget);
  ASSERT_OK(account.SetLimits(500, 0));
  ASSERT_TRUE(account.Take(400));
  ASSERT_FALSE(account.Take(200));
  account.Give(400);
  EXPECT_THAT(account.Exhausted(), HasReason(reason::kHeapLimit));
}

}  // namespace
}  // namespace heapd
