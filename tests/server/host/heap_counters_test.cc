#include "server/host/heap_counters.h"

#include <gtest/gtest.h>

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
  EXPECT_EQ(counters.ReadPauses().count(), 2u);
}

}  // namespace
}  // namespace heapd::server
