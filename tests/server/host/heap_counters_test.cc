#include "server/host/heap_counters.h"

#include <gtest/gtest.h>

#include <numeric>

namespace heapd::server {
namespace {

Collection Of(CollectionKind kind, absl::Duration pause) {
  Collection collection;
  collection.kind = kind;
  collection.pause_duration = 2 * pause;
  collection.longest_pause_duration = pause;
  collection.used_bytes_after = 1000;
  collection.current_mutator_utilization = 0.5;
  return collection;
}

TEST(HeapCountersTest, APauseIsInTheFirstBucketThatIsLongEnough) {
  for (int64_t nanos = 1; nanos < int64_t{100} << 30; nanos += nanos / 37 + 1) {
    const absl::Duration pause = absl::Nanoseconds(nanos);
    const size_t bucket = HeapCounters::BucketOf(pause);
    ASSERT_LT(bucket, HeapCounters::kPauseBuckets);
    ASSERT_GE(HeapCounters::LongestOf(bucket), pause) << nanos;
    if (bucket > 0) {
      ASSERT_LT(HeapCounters::LongestOf(bucket - 1), pause) << nanos;
    }
  }
  EXPECT_EQ(HeapCounters::BucketOf(absl::Hours(1)),
            HeapCounters::kPauseBuckets - 1);
}

TEST(HeapCountersTest, OnlyMajorCollectionsSayWhatLives) {
  HeapCounters counters;
  counters.Collected(Of(CollectionKind::kMinor, absl::Milliseconds(1)));
  EXPECT_EQ(counters.Read().major_count, 0u);
  EXPECT_EQ(counters.Read().live_bytes, 0u);
  EXPECT_EQ(counters.Read().current_mutator_utilization, 1);
  counters.Collected(Of(CollectionKind::kMajor, absl::Milliseconds(3)));
  EXPECT_EQ(counters.Read().major_count, 1u);
  EXPECT_EQ(counters.Read().live_bytes, 1000u);
  EXPECT_EQ(counters.Read().current_mutator_utilization, 0.5);
  EXPECT_EQ(counters.Read().pause_duration, absl::Milliseconds(8));
  const HeapCounters::PauseCounts pauses = counters.ReadPauses();
  EXPECT_EQ(std::accumulate(pauses.begin(), pauses.end(), uint64_t{0}), 2u);
  EXPECT_EQ(pauses[HeapCounters::BucketOf(absl::Milliseconds(3))], 1u);
}

}  // namespace
}  // namespace heapd::server
