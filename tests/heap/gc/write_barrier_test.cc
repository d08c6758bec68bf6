#include "heap/gc/write_barrier.h"

#include <gtest/gtest.h>

#include "tests/heap/core_fixture.h"

namespace heapd {
namespace {

class WriteSlotTest : public CoreTest {
 protected:
  WriteSlotTest() {
    old_ = NewHeld(2);
    StartNewSpace();
    young_ = NewHeld(2);
  }
  void Write(Index source, uint32_t slot, Slot value) {
    WriteSlot(&parts(), source, slot, value);
  }
  size_t remembered() { return parts().remembered.places().size(); }

  Index old_ = 0;
  Index young_ = 0;
};

TEST_F(WriteSlotTest, StoresTheValue) {
  Write(old_, 1, Slot::Strong(old_));
  EXPECT_EQ(SlotOf(old_, 1), Slot::Strong(old_));
  EXPECT_FALSE(entry(old_).may_have_weak_slots());
  EXPECT_EQ(remembered(), 0u);
}

TEST_F(WriteSlotTest, AWeakRefIsNotedOnTheEntry) {
  Write(old_, 0, Slot::Weak(old_));
  EXPECT_TRUE(entry(old_).may_have_weak_slots());
  Write(old_, 0, Slot());
  EXPECT_TRUE(entry(old_).may_have_weak_slots()) << "a collection finds out";
}

// Capability row 42.
TEST_F(WriteSlotTest, ARefFromOldToYoungIsRemembered) {
  Write(old_, 1, Slot::Strong(young_));
  ASSERT_EQ(remembered(), 1u);
  EXPECT_EQ(parts().remembered.places()[0].source, old_);
  EXPECT_EQ(parts().remembered.places()[0].slot, 1u);
  Write(old_, 0, Slot::Weak(young_));
  EXPECT_EQ(remembered(), 2u) << "a weak one has to be cleared in time";
}

TEST_F(WriteSlotTest, RefsFromYoungAreNotRemembered) {
  Write(young_, 0, Slot::Strong(old_));
  Write(young_, 1, Slot::Strong(young_));
  EXPECT_EQ(remembered(), 0u);
}

}  // namespace
}  // namespace heapd
