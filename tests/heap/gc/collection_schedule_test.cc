#include "heap/gc/collection_schedule.h"

#include <gtest/gtest.h>

namespace heapd {
namespace {

constexpr uint64_t kNoLimit = uint64_t{1} << 40;

TEST(CollectionScheduleTest, NothingIsDueBelowTheLeastThreshold) {
  const CollectionSchedule schedule(1000);
  EXPECT_FALSE(schedule.IsDue(999, 0, kNoLimit));
  EXPECT_TRUE(schedule.IsDue(1000, 0, kNoLimit));
}

// Capability row 43.
TEST(CollectionScheduleTest, TheThresholdFollowsTheLiveSize) {
  CollectionSchedule schedule(1000);
  schedule.OnCollection(5000);
  EXPECT_FALSE(schedule.IsDue(9999, 0, kNoLimit));
  EXPECT_TRUE(schedule.IsDue(10'000, 0, kNoLimit));
  schedule.OnCollection(800);
  EXPECT_EQ(schedule.threshold_bytes(), 1600u);
  schedule.OnCollection(10);
  EXPECT_EQ(schedule.threshold_bytes(), 1000u);
}

TEST(CollectionScheduleTest, AHeapNearItsLimitStartsEarlier) {
  CollectionSchedule schedule(1000);
  schedule.OnCollection(6000);
  EXPECT_FALSE(schedule.IsDue(8500, 8999, 10'000));
  EXPECT_TRUE(schedule.IsDue(8500, 9000, 10'000)) << "1,000 of 4,000 are left";
}

// Capability row 50.
TEST(CollectionScheduleTest, HowMuchEarlierFollowsTheGrowthWhileOneRan) {
  CollectionSchedule schedule(1000);
  schedule.OnCollection(2000);
  schedule.OnGrowth(1500);
  EXPECT_FALSE(schedule.IsDue(3000, 6999, 10'000));
  EXPECT_TRUE(schedule.IsDue(3000, 7000, 10'000));
  schedule.OnGrowth(0);
  EXPECT_FALSE(schedule.IsDue(3000, 8999, 10'000));
  EXPECT_TRUE(schedule.IsDue(3000, 9000, 10'000)) << "an eighth at least";
  schedule.OnGrowth(9000);
  EXPECT_FALSE(schedule.IsDue(3000, 3999, 10'000));
  EXPECT_TRUE(schedule.IsDue(3000, 4000, 10'000)) << "three quarters at most";
}

TEST(CollectionScheduleTest, AFullHeapDoesNotCollectAllTheTime) {
  CollectionSchedule schedule(1000);
  schedule.OnCollection(9000);
  EXPECT_FALSE(schedule.IsDue(9600, 10'000, 10'000));
  EXPECT_TRUE(schedule.IsDue(9625, 10'000, 10'000));
}

}  // namespace
}  // namespace heapd
