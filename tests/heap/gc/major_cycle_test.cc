#include "heap/gc/major_cycle.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/heap/core_fixture.h"

namespace heapd {
namespace {

class MajorCycleTest : public CoreTest {
 protected:
  uint64_t MarkAndSweep() {
    MajorCycle cycle(&parts(), nullptr, nullptr, {.check_marks = true});
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

// ---- Step by step ----

class MajorStepTest : public CoreTest {
 protected:
  // Of every kind one at a time.
  static constexpr MajorSlice kSmall = {
      .objects = 1, .pages = 1, .moved_pages = 1, .chunks = 1};

  void StepToSweep() {
    while (!parts().sweeping) {
      ASSERT_EQ(core_->StepMajor(kSmall), MajorProgress::kAgain);
    }
  }
  void StepToEnd() {
    while (core_->StepMajor(kSmall) != MajorProgress::kDone) continue;
  }
};

TEST_F(MajorStepTest, WhatIsUnlinkedAfterTheStartIsLeftForTheNextOne) {
  const Index holder = NewHeld(1);
  core_->Store(holder, 0, Slot::Strong(New()));
  core_->StartMajor(CollectionReason::kRequested);
  core_->Store(holder, 0, Slot());
  StepToEnd();
  EXPECT_EQ(parts().table.live_count(), 2u);
  EXPECT_OK(Verify());
  Collect();
  EXPECT_EQ(parts().table.live_count(), 1u);
}

TEST_F(MajorStepTest, WhatIsBornMeanwhileLives) {
  NewHeld();
  core_->StartMajor(CollectionReason::kRequested);
  const Ref unheld = parts().table.RefOf(New());
  StepToEnd();
  EXPECT_NE(parts().Resolve(unheld), 0u);
  EXPECT_OK(Verify());
}

TEST_F(MajorStepTest, TheDeadDoNotResolveBeforeTheyAreSwept) {
  NewHeld();
  const Ref dead = parts().table.RefOf(New(5, "dead"));
  core_->StartMajor(CollectionReason::kRequested);
  StepToSweep();
  EXPECT_NE(parts().table.Resolve(dead), 0u) << "still there";
  EXPECT_EQ(parts().Resolve(dead), 0u);
  StepToEnd();
  EXPECT_EQ(parts().table.Resolve(dead), 0u);
}

TEST_F(MajorStepTest, NothingIsAllocatedOnAPageThatWaitsToBeSwept) {
  for (int i = 0; i < 1000; ++i) New(0, std::string(1000, 'x'));
  NewHeld();
  core_->StartMajor(CollectionReason::kRequested);
  StepToSweep();
  const Index born = New(0, "born");
  EXPECT_EQ(Page::Of(entry(born).payload())->state(), Page::State::kOpen);
  StepToEnd();
  EXPECT_EQ(core_->Payload(born), "born");
  EXPECT_OK(Verify());
}

TEST_F(MajorStepTest, ACollectionAtOnceEndsItFirst) {
  std::vector<uint64_t> sequences;
  core_->observer = [&sequences](const Collection& collection) {
    sequences.push_back(collection.sequence);
  };
  NewHeld();
  New();
  core_->StartMajor(CollectionReason::kRequested);
  core_->StepMajor(kSmall);
  Collect();
  EXPECT_FALSE(core_->collector.IsMajorRunning());
  EXPECT_THAT(sequences, testing::ElementsAre(1, 2));
  EXPECT_EQ(parts().table.live_count(), 1u);
}

}  // namespace
}  // namespace heapd
