#include "heap/object/slot.h"

#include <gtest/gtest.h>

#include "heap/base/limits.h"
#include "heap/object/value.h"

namespace heapd {
namespace {

TEST(SlotTest, ANewSlotIsNull) {
  EXPECT_TRUE(Slot().is_null());
  EXPECT_FALSE(Slot().is_ref());
  EXPECT_FALSE(Slot().is_small_integer());
  EXPECT_EQ(Slot().strong_index_or_zero(), 0u);
}

TEST(SlotTest, HoldsIntegersOf31Bits) {
  for (const int32_t number :
       {Value::kMinSmallInteger, -1, 0, 1, Value::kMaxSmallInteger}) {
    const Slot slot = Slot::SmallInteger(number);
    EXPECT_TRUE(slot.is_small_integer());
    EXPECT_FALSE(slot.is_ref());
    EXPECT_FALSE(slot.is_null());
    EXPECT_EQ(slot.small_integer(), number);
    EXPECT_EQ(slot.strong_index_or_zero(), 0u);
  }
}

TEST(SlotTest, AStrongRefIsFollowed) {
  const Slot slot = Slot::Strong(kMaxObjects);
  EXPECT_TRUE(slot.is_ref());
  EXPECT_TRUE(slot.is_strong());
  EXPECT_FALSE(slot.is_weak());
  EXPECT_EQ(slot.index(), kMaxObjects);
  EXPECT_EQ(slot.strong_index_or_zero(), kMaxObjects);
}

TEST(SlotTest, AWeakRefIsNotFollowed) {
  const Slot slot = Slot::Weak(kMaxObjects);
  EXPECT_TRUE(slot.is_ref());
  EXPECT_TRUE(slot.is_weak());
  EXPECT_FALSE(slot.is_strong());
  EXPECT_EQ(slot.index(), kMaxObjects);
  EXPECT_EQ(slot.strong_index_or_zero(), 0u);
}

TEST(SlotTest, AWordIsTheWholeSlot) {
  EXPECT_EQ(Slot::FromWord(Slot::Weak(9).word()), Slot::Weak(9));
}

}  // namespace
}  // namespace heapd
