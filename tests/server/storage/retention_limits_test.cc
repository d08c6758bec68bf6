#include "server/storage/retention_limits.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace heapd::server {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

const absl::Time kNow = absl::FromUnixSeconds(1'000'000);

SnapshotRecord Record(const std::string& snapshot, absl::Duration age,
                      uint64_t size_bytes = 10,
                      const std::string& heap = "shop",
                      const std::string& storage = "local") {
  SnapshotRecord record;
  record.snapshot = snapshot;
  record.heap = heap;
  record.storage = storage;
  record.create_time = kNow - age;
  record.size_bytes = size_bytes;
  record.state = SnapshotState::kReady;
  return record;
}

// "ID LIMIT" of each.
std::vector<std::string> Excess(const std::vector<SnapshotRecord>& ready,
                                const RetentionLimits& limits) {
  std::vector<std::string> words;
  for (const ExcessSnapshot& excess : FindExcess(ready, limits, kNow)) {
    words.push_back(excess.record.snapshot + " " + std::string(excess.limit));
  }
  return words;
}

const std::vector<SnapshotRecord>& Four() {
  static const auto& four = *new std::vector<SnapshotRecord>{
      Record("b", absl::Hours(2)), Record("d", absl::Hours(4)),
      Record("a", absl::Hours(1)), Record("c", absl::Hours(3))};
  return four;
}

TEST(RetentionLimitsTest, WithoutLimitsEverythingStays) {
  EXPECT_FALSE(RetentionLimits().any());
  EXPECT_THAT(Excess(Four(), {}), IsEmpty());
}

TEST(RetentionLimitsTest, WhatIsTooOldGoesEvenIfItIsTheLast) {
  EXPECT_THAT(Excess(Four(), {.max_age = absl::Hours(2)}),
              ElementsAre("d snapshots.max_age", "c snapshots.max_age"));
  EXPECT_THAT(
      Excess({Record("a", absl::Hours(3))}, {.max_age = absl::Hours(2)}),
      ElementsAre("a snapshots.max_age"));
}

TEST(RetentionLimitsTest, SoManyOfAHeapStayAtEachDestination) {
  std::vector<SnapshotRecord> ready = Four();
  ready.push_back(Record("e", absl::Hours(5), 10, "cache"));
  ready.push_back(Record("f", absl::Hours(6), 10, "shop", "archive"));
  EXPECT_THAT(Excess(ready, {.max_count = 1}),
              ElementsAre("d snapshots.max_count", "c snapshots.max_count",
                          "b snapshots.max_count"));
}

TEST(RetentionLimitsTest, TheOldestOfADestinationGoUntilTheRestFits) {
  EXPECT_THAT(Excess(Four(), {.max_bytes = 40}), IsEmpty());
  EXPECT_THAT(Excess(Four(), {.max_bytes = 39}),
              ElementsAre("d snapshots.max_bytes"));
  EXPECT_THAT(Excess(Four(), {.max_bytes = 20}),
              ElementsAre("d snapshots.max_bytes", "c snapshots.max_bytes"));
  // Heaps share it, destinations do not.
  const std::vector<SnapshotRecord> ready = {
      Record("a", absl::Hours(1), 30, "shop"),
      Record("b", absl::Hours(2), 30, "cache"),
      Record("c", absl::Hours(3), 30, "shop", "archive")};
  EXPECT_THAT(Excess(ready, {.max_bytes = 50}),
              ElementsAre("b snapshots.max_bytes"));
}

TEST(RetentionLimitsTest, TheNewestIsNeverTooLarge) {
  const std::vector<SnapshotRecord> ready = {Record("a", absl::Hours(1), 100),
                                             Record("b", absl::Hours(2), 1)};
  EXPECT_THAT(Excess(ready, {.max_bytes = 50}),
              ElementsAre("b snapshots.max_bytes"));
}

TEST(RetentionLimitsTest, WhatOneLimitRemovesDoesNotCountForTheNext) {
  EXPECT_THAT(
      Excess(Four(),
             {.max_age = absl::Hours(3), .max_count = 2, .max_bytes = 20}),
      ElementsAre("d snapshots.max_age", "c snapshots.max_count"));
}

}  // namespace
}  // namespace heapd::server
