#include "heap/gc/mutator_utilization.h"

#include <gtest/gtest.h>

namespace heapd {
namespace {

constexpr absl::Duration kMillisecond = absl::Milliseconds(1);

// A major collection of one pause.
void AddMajor(MutatorUtilization* utilization, absl::Duration end,
              absl::Duration pause) {
  utilization->AddPause(end, pause);
  utilization->EndMajor(end, pause);
}

// Capability row 56: traces with known answers.
TEST(MutatorUtilizationTest, WithoutPausesMutatorsHaveAllTheTime) {
  const MutatorUtilization utilization;
  EXPECT_EQ(utilization.current(), 1);
  EXPECT_EQ(utilization.average(), 1);
  for (size_t i = 0; i < MutatorUtilization::kWindows; ++i) {
    EXPECT_EQ(utilization.minimum(i), 1);
  }
}

TEST(MutatorUtilizationTest, TheCurrentOneIsFromOneMajorEndToTheNext) {
  MutatorUtilization utilization;
  AddMajor(&utilization, 100 * kMillisecond, 10 * kMillisecond);
  EXPECT_DOUBLE_EQ(utilization.current(), 0.9);
  EXPECT_DOUBLE_EQ(utilization.average(), 0.9);
  AddMajor(&utilization, 140 * kMillisecond, 20 * kMillisecond);
  EXPECT_DOUBLE_EQ(utilization.current(), 0.5);
  // Pauses of 10 and 20 ms, mutators for 90 and 20 ms: means 15 and 55.
  EXPECT_DOUBLE_EQ(utilization.average(), 55.0 / 70);
}

TEST(MutatorUtilizationTest, MinorOnesCountInTheMinimumOnly) {
  MutatorUtilization utilization;
  utilization.AddPause(500 * kMillisecond, kMillisecond);
  EXPECT_EQ(utilization.current(), 1);
  EXPECT_EQ(utilization.average(), 1);
  EXPECT_DOUBLE_EQ(utilization.minimum(0), 0.9);
  EXPECT_DOUBLE_EQ(utilization.minimum(1), 0.99);
  EXPECT_DOUBLE_EQ(utilization.minimum(2), 0.999);
}

TEST(MutatorUtilizationTest, ShortPausesInARowAddUp) {
  MutatorUtilization utilization;
  // One of 2 ms in each 4 ms, for 400 ms.
  for (int i = 1; i <= 100; ++i) {
    utilization.AddPause(1000 * kMillisecond + i * 4 * kMillisecond,
                         2 * kMillisecond);
  }
  // Ten milliseconds that end with a pause have three of them, whole.
  EXPECT_DOUBLE_EQ(utilization.minimum(0), 0.4);
  EXPECT_DOUBLE_EQ(utilization.minimum(1), 0.5);
  EXPECT_DOUBLE_EQ(utilization.minimum(2), 0.8);
}

TEST(MutatorUtilizationTest, APauseThatBeganBeforeTheWindowCountsInPart) {
  MutatorUtilization utilization;
  utilization.AddPause(1000 * kMillisecond, 6 * kMillisecond);
  EXPECT_DOUBLE_EQ(utilization.minimum(0), 0.4);
  // 10 ms that end here: 4 ms of the first, 2 free, 4 of this.
  utilization.AddPause(1006 * kMillisecond, 4 * kMillisecond);
  EXPECT_DOUBLE_EQ(utilization.minimum(0), 0.2);
}

TEST(MutatorUtilizationTest, APauseAsLongAsTheWindowLeavesNothing) {
  MutatorUtilization utilization;
  AddMajor(&utilization, 70 * kMillisecond, 60 * kMillisecond);
  EXPECT_EQ(utilization.minimum(0), 0);
  EXPECT_DOUBLE_EQ(utilization.minimum(1), 0.4);
}

TEST(MutatorUtilizationTest, TheMinimumStays) {
  MutatorUtilization utilization;
  utilization.AddPause(100 * kMillisecond, 5 * kMillisecond);
  utilization.AddPause(5000 * kMillisecond, kMillisecond);
  EXPECT_DOUBLE_EQ(utilization.minimum(0), 0.5);
  EXPECT_DOUBLE_EQ(utilization.minimum(2), 0.995);
}

}  // namespace
}  // namespace heapd
