#include "heap/gc/collection_schedule.h"

#include <gtest/gtest.h>

namespace heapd {
namespace {

TEST(CollectionScheduleTest, NothingIsDueBelowTheLeastThreshold) {
  const CollectionSchedule schedule(1000);
  EXPECT_FALSE(schedule.IsDue(999));
  EXPECT_TRUE(schedule.IsDue(1000));
}

// Capability row 43.
TEST(CollectionScheduleTest, TheThresholdFollowsTheLiveSize) {
  CollectionSchedule schedule(1000);
  schedule.OnCollection(5000);
  EXPECT_FALSE(schedule.IsDue(9999));
  EXPECT_TRUE(schedule.IsDue(10'000));
  schedule.OnCollection(800);
  EXPECT_EQ(schedule.threshold_bytes(), 1600u);
  schedule.OnCollection(10);
  EXPECT_EQ(schedule.threshold_bytes(), 1000u);
}

}  // namespace
}  // namespace heapd
