#include "heap/gc/major_cycle.h"

#include <gtest/gtest.h>

#include <string>

#include "tests/heap/core_fixture.h"

namespace heapd {
namespace {

class MajorCycleTest : public CoreTest {
 protected:
  uint64_t MarkAndSweep() {
    MajorCycle cycle(&parts(), nullptr, nullptr, /*check_marks=*/true);
    cycle.FinishMarking();
    cycle.Finish();
    return cycle.counts().released_pages;
  }
};

TEST_F(MajorCycleTest, NothingIsLeftOfTheDead) {
  for (int i = 0; i < 100; ++i) New(i % 5, std::string(i, 'x'));
  New(100'000, std::string(100'000, 'x'));
  EXPECT_GT(parts().used_bytes(), 100'000u);
  MarkAndSweep();
  EXPECT_EQ(parts().table.live_count(), 0u);
  EXPECT_EQ(parts().used_bytes(), 0u);
  EXPECT_OK(Verify());
}

TEST_F(MajorCycleTest, TheLivingKeepTheirPayloadsAndSlots) {
  const Index small = NewHeld(2, "small");
  const Index large = NewHeld(5, std::string(100'000, 'y'));
  core_->Store(small, 1, Slot::Strong(large));
  core_->Store(large, 4, Slot::SmallInteger(-7));
  for (int i = 0; i < 1000; ++i) New(i % 7, "dead");
  MarkAndSweep();
  EXPECT_EQ(core_->Payload(small), "small");
  EXPECT_EQ(core_->Payload(large), std::string(100'000, 'y'));
  EXPECT_EQ(SlotOf(small, 1), Slot::Strong(large));
  EXPECT_EQ(SlotOf(large, 4), Slot::SmallInteger(-7));
  EXPECT_OK(Verify());
}

TEST_F(MajorCycleTest, CountsThePagesAndLargeBlocksThatWentBack) {
  New(0, std::string(100'000, 'x'));
  New(0, "on a page");
  New(3, "");  // payload on the same page, slots on another
  EXPECT_EQ(MarkAndSweep(), 3u);
}

TEST_F(MajorCycleTest, TheDeadLoseTheirSnapshotIds) {
  const Index dead = New();
  ASSERT_TRUE(parts().snapshot_ids.Prepare(parts().table.end(), 2));
  const uint32_t id = parts().snapshot_ids.IdOf(dead);
  MarkAndSweep();
  const Index next = New();
  ASSERT_EQ(next, dead) << "the index is used again";
  EXPECT_NE(parts().snapshot_ids.IdOf(next), id);
}

}  // namespace
}  // namespace heapd
