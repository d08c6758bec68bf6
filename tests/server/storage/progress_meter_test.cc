#include "server/storage/progress_meter.h"

#include <gtest/gtest.h>

namespace heapd::server {
namespace {

const absl::Time kStart = absl::FromUnixSeconds(1000);

TEST(ProgressMeterTest, TheRatioGrowsThroughThePhasesAndNeverFalls) {
  ProgressMeter meter;
  EXPECT_EQ(meter.ratio(), 0);
  double last = 0;
  const auto expect_more = [&] {
    EXPECT_GT(meter.ratio(), last);
    EXPECT_LT(meter.ratio(), 1);
    last = meter.ratio();
  };
  meter.Enter(SnapshotPhase::kMarking, kStart);
  meter.Advance(1, 2);
  EXPECT_EQ(meter.ratio(), 0);
  meter.Enter(SnapshotPhase::kReading, kStart);
  expect_more();
  meter.Advance(1, 2);
  expect_more();
  meter.Advance(1, 3);
  EXPECT_EQ(meter.ratio(), last);
  meter.Advance(7, 2);
  expect_more();
  meter.Enter(SnapshotPhase::kStoring, kStart);
  meter.Enter(SnapshotPhase::kStoring, kStart);
  meter.Advance(0, 0);
  EXPECT_EQ(meter.ratio(), last);
  meter.Advance(1, 2);
  expect_more();
  meter.Advance(2, 2);
  expect_more();
  meter.FileStored();
  expect_more();
  meter.IndexStored();
  expect_more();
  meter.Finish();
  EXPECT_EQ(meter.ratio(), 1);
}

TEST(ProgressMeterTest, WhatRemainsIsJudgedByThePaceOfStoring) {
  ProgressMeter meter;
  EXPECT_EQ(meter.Remaining(kStart), absl::InfiniteDuration());
  meter.Enter(SnapshotPhase::kReading, kStart);
  meter.Advance(1, 1);
  EXPECT_EQ(meter.Remaining(kStart), absl::InfiniteDuration());
  meter.Enter(SnapshotPhase::kStoring, kStart + absl::Seconds(10));
  meter.Advance(1, 1000);
  EXPECT_EQ(meter.Remaining(kStart + absl::Seconds(11)),
            absl::InfiniteDuration());
  // Half of the file is 7/16 of all that is stored.
  meter.Advance(1, 2);
  const absl::Duration remaining = meter.Remaining(kStart + absl::Seconds(17));
  EXPECT_NEAR(absl::ToDoubleSeconds(remaining), 9, 0.01);
  // It gets longer while nothing comes, and shorter when something does.
  EXPECT_GT(meter.Remaining(kStart + absl::Seconds(30)), remaining);
  meter.Advance(9, 10);
  EXPECT_LT(meter.Remaining(kStart + absl::Seconds(17)), remaining);
  meter.Finish();
  EXPECT_EQ(meter.Remaining(kStart + absl::Seconds(17)), absl::ZeroDuration());
}

}  // namespace
}  // namespace heapd::server
