#include "server/host/reclaim_estimate.h"

#include <gtest/gtest.h>

namespace heapd::server {
namespace {

const absl::Time kStart = absl::FromUnixSeconds(1000);

Collection MajorOf(uint64_t objects, absl::Duration mark,
                   absl::Duration sweep) {
  Collection collection;
  collection.object_count_before = objects;
  collection.mark_duration = mark;
  collection.sweep_duration = sweep;
  return collection;
}

TEST(ReclaimEstimateTest, ALengthFollowsTheObjectsAndTheLastOne) {
  ReclaimEstimate estimate;
  EXPECT_LT(estimate.Length(0), estimate.Length(1'000'000));
  estimate.Learn(
      MajorOf(1'000'000, absl::Milliseconds(700), absl::Milliseconds(300)));
  EXPECT_NEAR(absl::ToDoubleSeconds(estimate.Length(2'000'000)), 2.0, 0.01);
}

TEST(ReclaimEstimateTest, WhatRunsHasLessLeftTheLongerItRuns) {
  ReclaimEstimate estimate;
  estimate.Learn(MajorOf(1'000'000, absl::Seconds(1), absl::Seconds(1)));
  estimate.Begin(kStart);
  estimate.Begin(kStart + absl::Seconds(1));
  EXPECT_NEAR(absl::ToDoubleSeconds(
                  estimate.Left(1'000'000, kStart + absl::Seconds(1.5))),
              0.5, 0.01);
  // Late, but not over.
  EXPECT_NEAR(absl::ToDoubleSeconds(
                  estimate.Left(1'000'000, kStart + absl::Seconds(60))),
              0.25, 0.01);
  estimate.End();
  EXPECT_EQ(estimate.Left(1'000'000, kStart), estimate.Length(1'000'000));
}

TEST(ReclaimEstimateTest, ASmallHeapTellsNothingOfLargeOnes) {
  ReclaimEstimate estimate;
  const absl::Duration before = estimate.Length(1'000'000);
  estimate.Learn(MajorOf(10, absl::Seconds(1), absl::Seconds(1)));
  EXPECT_EQ(estimate.Length(1'000'000), before);
}

}  // namespace
}  // namespace heapd::server
