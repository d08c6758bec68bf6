#include "heap/gc/collection.h"

#include <gtest/gtest.h>

namespace heapd {
namespace {

Collection Example() {
  Collection collection;
  collection.heap_age = absl::Milliseconds(1234.4);
  collection.pause_duration = absl::Microseconds(2345);
  collection.used_bytes_before = 3 << 20;
  collection.committed_bytes_before = 9 << 19;
  collection.used_bytes_after = 1 << 20;
  collection.committed_bytes_after = 4 << 20;
  collection.average_mutator_utilization = 0.75;
  collection.current_mutator_utilization = 0.5;
  return collection;
}

// Capability row 54. tests/external/trace_test.mjs reads such lines beside
// Node's own.
TEST(TraceLineTest, IsAsNodeWritesIt) {
  Collection collection = Example();
  collection.kind = CollectionKind::kMinor;
  collection.reason = CollectionReason::kNewSpaceFull;
  EXPECT_EQ(TraceLine(collection, 42, "00ab", "users"),
            "[42:0x00ab]     1234 ms: Scavenge 3.0 (4.5) -> 1.0 (4.0) MB, "
            "2.35 / 0.00 ms  (average mu = 0.750, current mu = 0.500) "
            "new space full; heap users");
  collection.kind = CollectionKind::kMajor;
  collection.reason = CollectionReason::kNearLimit;
  EXPECT_EQ(TraceLine(collection, 42, "00ab", "users"),
            "[42:0x00ab]     1234 ms: Mark-Compact 3.0 (4.5) -> 1.0 (4.0) MB, "
            "2.35 / 0.00 ms  (average mu = 0.750, current mu = 0.500) "
            "near limit; heap users");
}

TEST(NameOfTest, IsOneWordForEach) {
  EXPECT_EQ(NameOf(CollectionKind::kMajor), "major");
  EXPECT_EQ(NameOf(CollectionReason::kOldSpaceThreshold),
            "old_space_threshold");
  EXPECT_EQ(NameOf(CollectionReason::kSnapshot), "snapshot");
  EXPECT_EQ(NameOf(CollectionReason::kRequested), "requested");
}

}  // namespace
}  // namespace heapd
