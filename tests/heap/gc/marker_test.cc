#include "heap/gc/marker.h"

#include <gtest/gtest.h>

#include <random>
#include <vector>

#include "tests/heap/core_fixture.h"

namespace heapd {
namespace {

class MarkerTest : public CoreTest {
 protected:
  void Link(Index from, uint32_t slot, Slot value) {
    core_->Store(from, slot, value);
  }
  bool IsMarked(Index index) { return parts().marks.IsMarked(index); }
  std::vector<Index> Mark() {
    parts().table.CloseChunks();
    Marker marker(&parts(), nullptr, nullptr);
    ReachHolds(&marker);
    // A budget of any size gives the same.
    while (!marker.Mark(budget_)) continue;
    parts().barrier.Stop();
    for (uint32_t i = 0; i < parts().table.chunk_count(); ++i) {
      parts().table.OpenChunk({.number = i});
    }
    return marker.weak_objects();
  }

  size_t budget_ = SIZE_MAX;
};

TEST_F(MarkerTest, AnEmptyHeapMarksNullOnly) {
  Mark();
  EXPECT_TRUE(IsMarked(0));
}

// Capability row 27.
TEST_F(MarkerTest, RootsAndSessionsAreHolds) {
  const Index rooted = New();
  const Index held = NewHeld();
  const Index nobodys = New();
  Index former = 0;
  ASSERT_OK(parts().roots.Set("root", rooted, &former));
  Mark();
  EXPECT_TRUE(IsMarked(rooted));
  EXPECT_TRUE(IsMarked(held));
  EXPECT_FALSE(IsMarked(nobodys));
}

TEST_F(MarkerTest, ALargeSlotBlockIsVisitedInPieces) {
  constexpr uint32_t kSlots = 20'000;
  const Index held = NewHeld(kSlots);
  std::vector<Index> leaves;
  for (uint32_t i = 0; i < kSlots; ++i) {
    leaves.push_back(New());
    Link(held, i, Slot::Strong(leaves.back()));
  }
  parts().table.CloseChunks();
  Marker marker(&parts(), nullptr, nullptr);
  ReachHolds(&marker);
  int pieces = 1;
  for (; !marker.Mark(4096); ++pieces) continue;
  parts().barrier.Stop();
  EXPECT_GE(pieces, 5);
  for (const Index leaf : leaves) ASSERT_TRUE(IsMarked(leaf));
}

// Mutators shade for as long as marking runs: what waits must not become much.
TEST_F(MarkerTest, TakesWhatIsShadedLongBeforeItIsDone) {
  constexpr uint32_t kSlots = 20'000;
  const Index held = NewHeld(kSlots);
  for (uint32_t i = 0; i < kSlots; ++i) Link(held, i, Slot::Strong(New()));
  const Index shaded = New();
  parts().table.CloseChunks();
  Marker marker(&parts(), nullptr, nullptr);
  ReachHolds(&marker);
  EXPECT_FALSE(marker.Mark(1));
  parts().barrier.Shade(shaded);
  EXPECT_EQ(parts().barrier.Flush(), 1u);
  EXPECT_FALSE(marker.Mark(1));
  EXPECT_EQ(parts().barrier.Flush(), 0u);
  while (!marker.Mark(4096)) continue;
  parts().barrier.Stop();
  EXPECT_TRUE(IsMarked(shaded));
}

TEST_F(MarkerTest, FollowsInlineSlotsAndSlotBlocks) {
  const Index held = NewHeld(2);
  const Index wide = New(1000);
  const Index first = New();
  const Index last = New();
  Link(held, 1, Slot::Strong(wide));
  Link(wide, 0, Slot::Strong(first));
  Link(wide, 999, Slot::Strong(last));
  Mark();
  EXPECT_TRUE(IsMarked(wide));
  EXPECT_TRUE(IsMarked(first));
  EXPECT_TRUE(IsMarked(last));
}

TEST_F(MarkerTest, DoesNotFollowWeakSlotsAndIntegers) {
  const Index held = NewHeld(2);
  const Index weak = New();
  const Index number = New();
  Link(held, 0, Slot::Weak(weak));
  Link(held, 1, Slot::SmallInteger(static_cast<int32_t>(number)));
  EXPECT_THAT(Mark(), testing::ElementsAre(held));
  EXPECT_FALSE(IsMarked(weak));
  EXPECT_FALSE(IsMarked(number));
}

TEST_F(MarkerTest, FollowsALongChainAndACycle) {
  const Index start = NewHeld(1);
  Index last = start;
  for (int i = 0; i < 100'000; ++i) {
    const Index next = New(1);
    Link(last, 0, Slot::Strong(next));
    last = next;
  }
  Link(last, 0, Slot::Strong(start));
  Mark();
  for (Index i = start; i <= last; ++i) ASSERT_TRUE(IsMarked(i));
}

// More leaves than the rings are deep, many slot blocks in flight.
TEST_F(MarkerTest, MarksWhatASearchFindsInRandomGraphs) {
  std::mt19937 random(20261122);
  for (int round = 0; round < 20; ++round) {
    std::vector<Index> objects;
    for (int i = 0; i < 500; ++i) {
      objects.push_back(random() % 50 == 0 ? NewHeld(random() % 6)
                                           : New(random() % 6));
    }
    for (const Index from : objects) {
      for (uint32_t slot = 0; slot < entry(from).slot_count(); ++slot) {
        const Index to = objects[random() % objects.size()];
        Link(from, slot, random() % 4 == 0 ? Slot::Weak(to) : Slot::Strong(to));
      }
    }
    std::vector<bool> reached(parts().table.end());
    std::vector<Index> queue;
    const auto reach = [&](Index index) {
      if (!reached[index]) queue.push_back(index);
      reached[index] = true;
    };
    session_->ForEachHold(reach);
    while (!queue.empty()) {
      const Index from = queue.back();
      queue.pop_back();
      for (const Slot slot : entry(from).slot_span()) {
        if (slot.is_strong()) reach(slot.index());
      }
    }
    budget_ = 1 + random() % 200;
    Mark();
    for (Index i = 1; i < parts().table.end(); ++i) {
      ASSERT_EQ(IsMarked(i), reached[i]) << "round " << round << ", " << i;
    }
  }
}

}  // namespace
}  // namespace heapd
