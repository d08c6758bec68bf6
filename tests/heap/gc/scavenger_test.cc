#include "heap/gc/scavenger.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/heap/core_fixture.h"

namespace heapd {
namespace {

class ScavengerTest : public CoreTest {
 protected:
  ScavengerTest() {
    old_ = NewHeld(8, "old");
    StartNewSpace();
  }
  ~ScavengerTest() override { EXPECT_OK(Verify()); }

  bool IsYoung(Index index) { return entry(index).is_young(); }
  bool IsThere(Index index) { return !entry(index).is_free(); }
  std::string Payload(Index index) {
    return std::string(core_->Payload(index));
  }
  void Link(Index source, uint32_t slot, Index target) {
    core_->Store(source, slot, Slot::Strong(target));
  }

  Index old_ = 0;
};

// Capability rows 34 and 35.
TEST_F(ScavengerTest, ASurvivorIsCopiedOnceAndThenPromoted) {
  const Index object = NewHeld(1, "payload");
  const Block* const born = entry(object).payload();
  Collection collection = Scavenge();
  EXPECT_TRUE(IsYoung(object));
  EXPECT_NE(entry(object).payload(), born);
  EXPECT_EQ(collection.survived_object_count, 1u);
  EXPECT_EQ(collection.promoted_object_count, 0u);
  collection = Scavenge();
  EXPECT_FALSE(IsYoung(object));
  EXPECT_EQ(Payload(object), "payload");
  EXPECT_EQ(collection.promoted_object_count, 1u);
  EXPECT_EQ(collection.promoted_bytes, 2 * kWordBytes);
  EXPECT_EQ(Scavenge().promoted_object_count, 0u);
}

TEST_F(ScavengerTest, WhatNothingReachesIsFreedAndItsIndexGoesBack) {
  const Ref dead = parts().table.RefOf(New(2, "dead"));
  const Index kept = NewHeld(0, "kept");
  const Collection collection = Scavenge();
  EXPECT_EQ(parts().table.Resolve(dead), 0u);
  EXPECT_TRUE(IsThere(kept));
  EXPECT_EQ(collection.object_count_before, 3u);
  EXPECT_EQ(collection.object_count_after, 2u);
}

// Capability row 27.
TEST_F(ScavengerTest, YoungCyclesDie) {
  const Index a = New(1);
  const Index b = New(1);
  Link(a, 0, b);
  Link(b, 0, a);
  Scavenge();
  EXPECT_FALSE(IsThere(a));
  EXPECT_FALSE(IsThere(b));
}

// Capability row 42.
TEST_F(ScavengerTest, AnOldObjectKeepsAYoungOneAndWhatThatReaches) {
  const Index middle = New(3, "middle");
  const Index leaf = New(0, "leaf");
  Link(middle, 2, leaf);
  Link(old_, 5, middle);
  Scavenge();
  ASSERT_TRUE(IsThere(leaf));
  EXPECT_EQ(parts().remembered.places().size(), 1u);
  Scavenge();
  EXPECT_FALSE(IsYoung(middle));
  EXPECT_EQ(parts().remembered.places().size(), 0u);
  core_->Store(old_, 5, Slot());
  EXPECT_EQ(Payload(leaf), "leaf");
}

TEST_F(ScavengerTest, WhatASlotHeldBeforeIsNotKept) {
  const Index first = New(0);
  Link(old_, 0, first);
  Link(old_, 0, New(0));
  Scavenge();
  EXPECT_FALSE(IsThere(first));
}

// What is written all the time refers to something young whenever a scavenge
// looks.
TEST_F(ScavengerTest, ASlotThatIsWrittenAgainAndAgainDoesNotFillTheSet) {
  constexpr int kStores = 10'000;
  for (int scavenge = 0; scavenge < 10; ++scavenge) {
    const Index young = New(0);
    for (int i = 0; i < kStores; ++i) Link(old_, i % 4, young);
    Scavenge();
    ASSERT_TRUE(IsYoung(young));
    EXPECT_LT(parts().remembered.places().size(), kStores);
    EXPECT_OK(Verify());
  }
}

TEST_F(ScavengerTest, APlaceThatIsAnotherObjectsNowKeepsNothing) {
  const Index source = New(1, "source");
  Link(old_, 0, source);
  Scavenge();
  Scavenge();
  const Index target = New(0);
  Link(source, 0, target);
  core_->Store(old_, 0, Slot());
  core_->DiscardObject(source);
  // The free list of a chunk is last in, first out.
  const Index young = New(1);
  ASSERT_EQ(young, source);
  Link(young, 0, target);
  Scavenge();
  EXPECT_FALSE(IsThere(target));
  EXPECT_EQ(parts().remembered.places().size(), 0u);
}

TEST_F(ScavengerTest, APromotedObjectsRefsToYoungOnesAreRemembered) {
  const Index parent = NewHeld(4, "parent");
  Scavenge();
  const Index child = New(0, "child");
  Link(parent, 3, child);
  EXPECT_EQ(parts().remembered.places().size(), 0u);
  Scavenge();
  ASSERT_FALSE(IsYoung(parent));
  ASSERT_TRUE(IsYoung(child));
  EXPECT_EQ(parts().remembered.places().size(), 1u);
  EXPECT_OK(Verify());
  Scavenge();
  EXPECT_FALSE(IsYoung(child));
  EXPECT_EQ(Payload(child), "child");
}

TEST_F(ScavengerTest, ANamedRootKeepsAYoungObject) {
  const Index object = New(0, "root");
  Index former = 0;
  ASSERT_OK(core_->SetRoot("name", object, &former));
  Scavenge();
  Scavenge();
  EXPECT_EQ(Payload(object), "root");
  EXPECT_EQ(parts().remembered.roots().size(), 0u);
}

TEST_F(ScavengerTest, SlotsMoveWithTheirObject) {
  const Index object = NewHeld(100, "wide");
  const Index target = New(0, "target");
  Link(object, 99, target);
  const NewSpace& space = parts().spaces.new_space();
  ASSERT_TRUE(space.Contains(entry(object).slot_block()));
  Scavenge();
  EXPECT_TRUE(space.IsInUse(entry(object).slot_block()));
  Scavenge();
  EXPECT_FALSE(space.Contains(entry(object).slot_block()));
  EXPECT_EQ(SlotOf(object, 99), Slot::Strong(target));
}

TEST_F(ScavengerTest, SlotsThatGrewAreNoRemainder) {
  const Index object = NewHeld(3, "grows");
  for (const uint32_t count : {10u, 20'000u}) {
    Block* replaced = nullptr;
    ASSERT_TRUE(core_->GrowSlots(object, count, &replaced));
    if (replaced != nullptr) parts().spaces.FreeSlots(replaced);
    EXPECT_OK(Verify());
  }
  Link(object, 20'000, NewHeld());
  Scavenge();
  EXPECT_OK(Verify());
  Scavenge();
  EXPECT_EQ(entry(object).slot_count(), 20'013u);
}

TEST_F(ScavengerTest, WeakSlotsOfTheDeadAreCleared) {
  const Index dead = New(0);
  const Index kept = NewHeld(0);
  const Index young = NewHeld(2);
  core_->Store(young, 0, Slot::Weak(dead));
  core_->Store(young, 1, Slot::Weak(kept));
  core_->Store(old_, 0, Slot::Weak(dead));
  core_->Store(old_, 1, Slot::Weak(kept));
  EXPECT_EQ(Scavenge().cleared_weak_slot_count, 2u);
  EXPECT_TRUE(SlotOf(young, 0).is_null());
  EXPECT_TRUE(SlotOf(old_, 0).is_null());
  EXPECT_EQ(SlotOf(young, 1), Slot::Weak(kept));
  EXPECT_EQ(SlotOf(old_, 1), Slot::Weak(kept));
}

TEST_F(ScavengerTest, InternedStringsAreHeldWeakly) {
  const Index dead = NewString("dead");
  const Index kept = NewString("kept");
  Hold(kept);
  EXPECT_EQ(Scavenge().purged_string_count, 1u);
  EXPECT_FALSE(IsThere(dead));
  EXPECT_EQ(parts().strings.Find("dead"), 0u);
  EXPECT_EQ(parts().strings.Find("kept"), kept);
  Scavenge();
  EXPECT_EQ(parts().strings.Find("kept"), kept);
}

TEST_F(ScavengerTest, LargeObjectsAgeWithoutACopy) {
  const std::string payload(100'000, 'l');
  const Index kept = NewHeld(5, payload);
  const Index dead = New(5, payload);
  const Index leaf = New(0, "leaf");
  Link(kept, 4, leaf);
  const Block* const block = entry(kept).payload();
  ASSERT_TRUE(IsYoung(kept));
  Scavenge();
  EXPECT_FALSE(IsThere(dead));
  EXPECT_TRUE(IsYoung(kept));
  Scavenge();
  EXPECT_FALSE(IsYoung(kept));
  EXPECT_EQ(entry(kept).payload(), block);
  EXPECT_EQ(SlotOf(kept, 4), Slot::Strong(leaf));
  EXPECT_EQ(Payload(leaf), "leaf");
}

// Capability row 38.
TEST_F(ScavengerTest, SurvivorsStandTogetherInTheOrderOfTheirBirth) {
  std::vector<Index> kept;
  for (int i = 0; i < 100; ++i) {
    New(i % 5, "dead");
    kept.push_back(NewHeld(1, "kept"));
  }
  Scavenge();
  for (size_t i = 1; i < kept.size(); ++i) {
    EXPECT_EQ(entry(kept[i]).payload()->address(),
              entry(kept[i - 1]).payload()->address() + 2 * kWordBytes);
  }
  EXPECT_EQ(parts().spaces.new_space().filled_bytes(), 200 * kWordBytes);
}

TEST_F(ScavengerTest, AMajorCollectionEmptiesNewSpace) {
  const Index object = NewHeld(4, "object");
  const Index large = NewHeld(0, std::string(50'000, 'l'));
  Link(object, 0, old_);
  New(0, "dead");
  const Collection collection = Collect();
  EXPECT_EQ(collection.promoted_object_count, 2u);
  EXPECT_FALSE(IsYoung(object));
  EXPECT_FALSE(IsYoung(large));
  EXPECT_EQ(parts().spaces.new_space().filled_bytes(), 0u);
  EXPECT_EQ(collection.object_count_after, 3u);
}

TEST_F(ScavengerTest, AReleasedHoldKeepsNothing) {
  const Index released = NewHeld(0);
  Scavenge();
  session_->Release(released);
  Scavenge();
  EXPECT_FALSE(IsThere(released));
}

}  // namespace
}  // namespace heapd
