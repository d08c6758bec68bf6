#include "heap/gc/marking_barrier.h"

#include <gtest/gtest.h>

#include <set>
#include <utility>
#include <vector>

#include "tests/heap/core_fixture.h"

namespace heapd {
namespace {

class MarkingBarrierTest : public CoreTest {
 protected:
  MarkingBarrier& barrier() { return parts().barrier; }
};

TEST_F(MarkingBarrierTest, IsOffUntilMarkingStarts) {
  const Index object = New();
  barrier().Shade(object);
  EXPECT_FALSE(barrier().is_on());
  EXPECT_EQ(barrier().Flush(), 0u);
}

// Capability row 32.
TEST_F(MarkingBarrierTest, WhatIsOverwrittenIsShaded) {
  const Index source = New(2);
  const Index former = New();
  core_->Store(source, 0, Slot::Strong(former));
  core_->Store(source, 1, Slot::SmallInteger(7));
  StartMarking();
  core_->Store(source, 0, Slot());
  core_->Store(source, 1, Slot());
  EXPECT_THAT(TakeShaded(), testing::ElementsAre(former));
}

// Capability row 33.
TEST_F(MarkingBarrierTest, WhatClientsNameIsShaded) {
  const Index object = New();
  const Ref ref = parts().table.RefOf(object);
  StartMarking();
  Index found = 0;
  ASSERT_OK(core_->Resolve(ref, &found));
  EXPECT_TRUE(TakeShaded().empty()) << "reading makes nothing reachable";
  ASSERT_OK(core_->ResolveAndShade(ref, &found));
  EXPECT_THAT(TakeShaded(), testing::ElementsAre(object));
}

TEST_F(MarkingBarrierTest, WhatIsBornIsNot) {
  New();
  StartMarking();
  const Index born = New();
  EXPECT_FALSE(parts().table.IsClosed(born));
  barrier().Shade(born);
  barrier().Shade(0);
  EXPECT_TRUE(TakeShaded().empty());
}

TEST_F(MarkingBarrierTest, WhatIsMarkedByNowIsDropped) {
  const Index marked = New();
  const Index unmarked = New();
  StartMarking();
  barrier().Shade(marked);
  barrier().Shade(unmarked);
  EXPECT_EQ(barrier().Flush(), 2u);
  parts().marks.cursor().Mark(marked);
  EXPECT_EQ(barrier().DropMarked(), 1u);
  EXPECT_THAT(TakeShaded(), testing::ElementsAre(unmarked));
}

// A marker may have other heaps to see to first.
TEST_F(MarkingBarrierTest, WhatNobodyTakesDoesNotGrowByMarkedObjects) {
  std::vector<Index> objects;
  for (int i = 0; i < 200'000; ++i) objects.push_back(New());
  StartMarking();
  for (const Index object : objects) parts().marks.cursor().Mark(object);
  for (int round = 0; round < 5; ++round) {
    for (const Index object : objects) barrier().Shade(object);
  }
  EXPECT_LE(barrier().Flush(), (size_t{64} << 10) + 1024);
}

TEST_F(MarkingBarrierTest, AnObjectInConstantUseIsShadedOnce) {
  const Index object = New();
  StartMarking();
  for (int i = 0; i < 1000; ++i) barrier().Shade(object);
  EXPECT_THAT(TakeShaded(), testing::ElementsAre(object));
}

// Else each would be allocated by one thread and freed by the other.
TEST_F(MarkingBarrierTest, ABufferComesBackFromTheMarker) {
  std::vector<Index> objects;
  for (int i = 0; i < 100; ++i) objects.push_back(New());
  StartMarking();
  const auto take_one = [this](Index object, std::vector<Index> used) {
    barrier().Shade(object);
    barrier().Flush();
    std::vector<Index> taken = barrier().Take(std::move(used));
    EXPECT_THAT(taken, testing::ElementsAre(object));
    return taken;
  };
  std::set<const Index*> memory;
  std::vector<Index> taken;
  for (const Index object : objects) {
    taken = take_one(object, std::move(taken));
    memory.insert(taken.data());
  }
  EXPECT_EQ(memory.size(), 3u) << "filled, taken and on its way back";
}

TEST_F(MarkingBarrierTest, WhatIsTakenIsNotThereAnyMore) {
  std::vector<Index> objects;
  for (int i = 0; i < 2000; ++i) objects.push_back(New());
  StartMarking();
  for (const Index object : objects) barrier().Shade(object);
  EXPECT_EQ(barrier().Flush(), objects.size());
  const size_t taken = barrier().Take().size();
  EXPECT_EQ(barrier().Flush(), objects.size() - taken);
  EXPECT_EQ(TakeShaded().size(), objects.size() - taken);
  EXPECT_EQ(barrier().Flush(), 0u);
}

TEST_F(MarkingBarrierTest, ASlotBlockThatIsLeftStaysWhileItMayBeRead) {
  const Index object = NewHeld(3);
  const Block* const former = entry(object).slot_block();
  StartMarking();
  Block* replaced = nullptr;
  ASSERT_TRUE(core_->GrowSlots(object, 100, &replaced));
  ASSERT_EQ(replaced, former);
  core_->FreeReplacedSlots(replaced);
  EXPECT_THAT(parts().left_blocks.blocks(), testing::ElementsAre(former));
  EXPECT_OK(Verify());
}

}  // namespace
}  // namespace heapd
