#include "heap/gc/weak_clearer.h"

#include <gtest/gtest.h>

#include "heap/gc/marker.h"
#include "tests/heap/core_fixture.h"

namespace heapd {
namespace {

class WeakClearerTest : public CoreTest {
 protected:
  uint64_t MarkAndClear() {
    parts().table.CloseChunks();
    Marker marker(&parts(), nullptr, nullptr);
    ReachHolds(&marker);
    while (!marker.Mark(SIZE_MAX)) continue;
    parts().barrier.Stop();
    return ClearWeakSlots(&parts(), marker.weak_objects());
  }
};

TEST_F(WeakClearerTest, OnlySlotsOfTheDeadAreCleared) {
  const Index holder = NewHeld(4);
  const Index live = NewHeld();
  const Index dead = New();
  core_->Store(holder, 0, Slot::Weak(live));
  core_->Store(holder, 1, Slot::Weak(dead));
  core_->Store(holder, 2, Slot::SmallInteger(5));
  core_->Store(holder, 3, Slot::Weak(dead));
  EXPECT_EQ(MarkAndClear(), 2u);
  EXPECT_EQ(SlotOf(holder, 0), Slot::Weak(live));
  EXPECT_TRUE(SlotOf(holder, 1).is_null());
  EXPECT_EQ(SlotOf(holder, 2), Slot::SmallInteger(5));
  EXPECT_TRUE(SlotOf(holder, 3).is_null());
  EXPECT_TRUE(entry(holder).may_have_weak_slots());
}

TEST_F(WeakClearerTest, AnObjectWithoutWeakSlotsIsForgotten) {
  const Index holder = NewHeld(1);
  core_->Store(holder, 0, Slot::Weak(New()));
  EXPECT_EQ(MarkAndClear(), 1u);
  EXPECT_FALSE(entry(holder).may_have_weak_slots());
  core_->Store(holder, 0, Slot::Weak(New()));
  EXPECT_EQ(MarkAndClear(), 1u) << "the barrier remembers it again";
}

TEST_F(WeakClearerTest, AWeakSelfReferenceOfTheLivingStays) {
  const Index holder = NewHeld(1);
  core_->Store(holder, 0, Slot::Weak(holder));
  EXPECT_EQ(MarkAndClear(), 0u);
  EXPECT_EQ(SlotOf(holder, 0), Slot::Weak(holder));
}

}  // namespace
}  // namespace heapd
