#include "heap/gc/write_barrier.h"

#include <gtest/gtest.h>

namespace heapd {
namespace {

class WriteSlotTest : public ::testing::Test {
 protected:
  WriteSlotTest() {
    entry_.MakeLive(1, Block::At(memory_));
    entry_.set_inline_slot_count(2);
  }
  void Write(uint32_t slot, Slot value) {
    WriteSlot(&entry_, entry_.slots() + slot, value);
  }

  alignas(8) char memory_[8] = {};
  TableEntry entry_;
};

TEST_F(WriteSlotTest, StoresTheValue) {
  Write(1, Slot::Strong(6));
  EXPECT_EQ(entry_.slots()[1], Slot::Strong(6));
  EXPECT_FALSE(entry_.may_have_weak_slots());
}

TEST_F(WriteSlotTest, AWeakRefIsRememberedOnTheEntry) {
  Write(0, Slot::Weak(6));
  EXPECT_TRUE(entry_.may_have_weak_slots());
  Write(0, Slot());
  EXPECT_TRUE(entry_.may_have_weak_slots()) << "a collection finds out";
}

}  // namespace
}  // namespace heapd
