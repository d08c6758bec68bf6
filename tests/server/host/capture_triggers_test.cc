// When snapshots are due: near the limit, of leaks, by schedule.

#include <gtest/gtest.h>

#include <vector>

#include "server/host/leak_watch.h"
#include "server/host/near_limit_watch.h"
#include "server/host/snapshot_schedule.h"

namespace heapd::server {
namespace {

HeapObservation Heap(uint64_t live_bytes, uint64_t used_bytes) {
  HeapObservation heap;
  heap.limit_bytes = 1000;
  heap.used_bytes = used_bytes;
  heap.counters.major_count = 1;
  heap.counters.live_bytes = live_bytes;
  return heap;
}

TEST(NearLimitWatchTest, WhatLivesAfterACollectionCounts) {
  NearLimitWatch watch(1, 90);
  EXPECT_FALSE(watch.IsDue(Heap(899, 1000), 0)) << "garbage can be collected";
  EXPECT_TRUE(watch.IsDue(Heap(900, 900), 0));
  EXPECT_FALSE(watch.IsDue(Heap(1000, 1000), 1)) << "there was one";
}

TEST(NearLimitWatchTest, FurtherOnesFollowInEqualSteps) {
  NearLimitWatch watch(2, 90);
  EXPECT_TRUE(watch.IsDue(Heap(910, 910), 0));
  EXPECT_FALSE(watch.IsDue(Heap(949, 949), 1));
  EXPECT_TRUE(watch.IsDue(Heap(950, 950), 1));
  EXPECT_FALSE(watch.IsDue(Heap(1000, 1000), 2));
}

TEST(NearLimitWatchTest, ACallThatGotNoMemoryCountsWithWhatIsUsed) {
  NearLimitWatch watch(1, 90);
  HeapObservation heap = Heap(0, 899);
  heap.counters.major_count = 0;
  heap.counters.memory_wait_count = 1;
  EXPECT_FALSE(watch.IsDue(heap, 0));
  heap.used_bytes = 900;
  EXPECT_FALSE(watch.IsDue(heap, 0)) << "that was before";
  heap.counters.memory_wait_count = 2;
  EXPECT_TRUE(watch.IsDue(heap, 0));
  EXPECT_FALSE(watch.IsDue(heap, 0));
}

TEST(NearLimitWatchTest, AHeapThatRefusesIsFullWhateverItUses) {
  NearLimitWatch watch(3, 70);
  HeapObservation heap = Heap(0, 600);
  heap.counters.memory_refusal_count = 1;
  EXPECT_TRUE(watch.IsDue(heap, 0));
  EXPECT_FALSE(watch.IsDue(heap, 1));
  heap.counters.memory_refusal_count = 2;
  heap.used_bytes = 690;
  EXPECT_FALSE(watch.IsDue(heap, 1)) << "nothing new to see";
  heap.counters.memory_refusal_count = 3;
  heap.used_bytes = 700;
  EXPECT_TRUE(watch.IsDue(heap, 1)) << "a tenth more";
}

TEST(NearLimitWatchTest, ALargeObjectThatDidNotFitIsNoFullHeap) {
  NearLimitWatch watch(1, 90);
  HeapObservation heap = Heap(400, 499);
  heap.counters.memory_refusal_count = 1;
  EXPECT_FALSE(watch.IsDue(heap, 0));
}

TEST(NearLimitWatchTest, NoneIsDueWhereNoneIsWanted) {
  NearLimitWatch watch(0, 90);
  EXPECT_FALSE(watch.IsDue(Heap(1000, 1000), 0));
}

class LeakWatchTest : public ::testing::Test {
 protected:
  LeakWatch::Due LookAt(int minute, bool is_suspected) {
    return watch_.Look(absl::UnixEpoch() + absl::Minutes(minute), is_suspected);
  }

  LeakWatch watch_{absl::Minutes(30)};
};

TEST_F(LeakWatchTest, OneIsTakenAtOnceAndOneToCompareItWith) {
  EXPECT_EQ(LookAt(0, false), LeakWatch::Due::kNothing);
  EXPECT_EQ(LookAt(1, true), LeakWatch::Due::kFirst);
  EXPECT_EQ(LookAt(2, true), LeakWatch::Due::kNothing);
  EXPECT_EQ(LookAt(30, true), LeakWatch::Due::kNothing);
  EXPECT_EQ(LookAt(31, true), LeakWatch::Due::kSecond);
  EXPECT_EQ(LookAt(100, true), LeakWatch::Due::kNothing)
      << "once an episode, however long";
}

TEST_F(LeakWatchTest, ASuspicionThatComesAndGoesIsOneEpisode) {
  EXPECT_EQ(LookAt(1, true), LeakWatch::Due::kFirst);
  EXPECT_EQ(LookAt(2, false), LeakWatch::Due::kNothing);
  EXPECT_EQ(LookAt(3, true), LeakWatch::Due::kNothing);
  EXPECT_EQ(LookAt(4, false), LeakWatch::Due::kNothing);
  EXPECT_EQ(LookAt(31, false), LeakWatch::Due::kSecond);
  EXPECT_EQ(LookAt(32, true), LeakWatch::Due::kFirst) << "another episode";
}

TEST(LeakWatchWithoutSecondTest, EverySuspicionIsAnEpisode) {
  LeakWatch watch(absl::ZeroDuration());
  const absl::Time now = absl::UnixEpoch();
  EXPECT_EQ(watch.Look(now, true), LeakWatch::Due::kFirst);
  EXPECT_EQ(watch.Look(now + absl::Hours(1), true), LeakWatch::Due::kNothing);
  EXPECT_EQ(watch.Look(now + absl::Hours(2), false), LeakWatch::Due::kNothing);
  EXPECT_EQ(watch.Look(now + absl::Hours(3), true), LeakWatch::Due::kFirst);
}

// The hours, counted from the start, in which a schedule was due.
std::vector<int> DueHours(SnapshotSchedule schedule, absl::Time start,
                          int hours) {
  std::vector<int> due;
  for (int second = 0; second < hours * 3600; second += 10) {
    if (schedule.IsDue(start + absl::Seconds(second))) {
      due.push_back(second / 3600);
    }
  }
  return due;
}

TEST(SnapshotScheduleTest, TheClockOnTheWallSaysWhen) {
  const absl::Time midnight =
      absl::FromCivil(absl::CivilDay(2026, 11, 26), absl::UTCTimeZone());
  const absl::Duration day = absl::Hours(24);
  EXPECT_EQ(DueHours({day, absl::Hours(3), midnight}, midnight, 72),
            (std::vector<int>{3, 27, 51}));
  // Started again in the meantime: nothing moves, and nothing comes twice.
  const absl::Time four = midnight + absl::Hours(4);
  EXPECT_EQ(DueHours({day, absl::Hours(3), four}, four, 30),
            std::vector<int>{23});
  EXPECT_EQ(
      DueHours({absl::Hours(6), absl::ZeroDuration(), midnight}, midnight, 25),
      (std::vector<int>{6, 12, 18, 24}));
}

TEST(SnapshotScheduleTest, WhatWasMissedIsDueOnce) {
  const absl::Time start = absl::FromUnixSeconds(1'000'000'000);
  SnapshotSchedule schedule(absl::Minutes(10), absl::ZeroDuration(), start);
  EXPECT_TRUE(schedule.IsDue(start + absl::Hours(5)));
  EXPECT_FALSE(schedule.IsDue(start + absl::Hours(5)));
}

}  // namespace
}  // namespace heapd::server
