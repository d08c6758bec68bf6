#include "heap/gc/collector.h"

#include <gtest/gtest.h>

#include <string>

#include "tests/heap/core_fixture.h"

namespace heapd {
namespace {

class CollectorTest : public CoreTest {};

TEST_F(CollectorTest, ReportsWhatItDid) {
  const Index held = NewHeld(1, "held");
  const Index dead = New(0, std::string(100'000, 'd'));
  core_->Store(held, 0, Slot::Weak(dead));
  NewString("nobody's");
  const uint64_t used = parts().used_bytes();
  const Collection collection = Collect();
  EXPECT_EQ(collection.sequence, 1u);
  EXPECT_EQ(collection.kind, CollectionKind::kMajor);
  EXPECT_EQ(collection.reason, CollectionReason::kRequested);
  EXPECT_EQ(collection.object_count_before, 3u);
  EXPECT_EQ(collection.object_count_after, 1u);
  EXPECT_EQ(collection.used_bytes_before, used);
  EXPECT_EQ(collection.used_bytes_after, core_->SelfSize(held));
  EXPECT_GT(collection.committed_bytes_before,
            collection.committed_bytes_after);
  EXPECT_EQ(collection.cleared_weak_slot_count, 1u);
  EXPECT_EQ(collection.purged_string_count, 1u);
  EXPECT_EQ(collection.released_page_count, 1u);
  EXPECT_GE(collection.pause_duration, collection.mark_duration);
  EXPECT_GT(collection.sweep_duration, absl::ZeroDuration());
}

TEST_F(CollectorTest, AfterwardsTheMarksAreExactlyTheObjects) {
  const Index held = NewHeld();
  const Index dead = New();
  Collect();
  EXPECT_TRUE(parts().marks.IsMarked(held));
  EXPECT_FALSE(parts().marks.IsMarked(dead));
}

TEST_F(CollectorTest, KeepsTheRecordOfTheLastOnes) {
  for (size_t i = 0; i < Collector::kHistory + 5; ++i) Collect();
  ASSERT_EQ(core_->collector.history().size(), Collector::kHistory);
  EXPECT_EQ(core_->collector.history().front().sequence, 6u);
  EXPECT_EQ(core_->collector.history().back().sequence,
            Collector::kHistory + 5);
}

// Capability row 43.
TEST_F(CollectorTest, TheNextOneIsDueAtTwiceWhatLived) {
  NewHeld(0, std::string(20 << 20, 'x'));
  const Collection collection = Collect();
  EXPECT_EQ(core_->collector.schedule().threshold_bytes(),
            2 * collection.used_bytes_after);
}

}  // namespace
}  // namespace heapd
