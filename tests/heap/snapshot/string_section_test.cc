#include "heap/snapshot/string_section.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace heapd {
namespace {

TEST(StringSectionTest, NumbersEachStringOnceInTheOrderOfFirstUse) {
  StringSection strings;
  EXPECT_EQ(strings.NumberOf("b"), 1u);
  EXPECT_EQ(strings.NumberOf("a"), 2u);
  EXPECT_EQ(strings.NumberOf("b"), 1u);
  EXPECT_THAT(strings.strings(), testing::ElementsAre("<dummy>", "b", "a"));
}

TEST(StringSectionTest, ASlotIsItsNameOrItsNumber) {
  Type type;
  type.id = 3;
  type.slot_names = {"next", "", "next"};
  StringSection strings;
  const uint32_t next = strings.NumberOfSlot(type, 0);
  EXPECT_EQ(strings.strings()[next], "next");
  EXPECT_EQ(strings.NumberOfSlot(type, 2), next);
  EXPECT_EQ(strings.strings()[strings.NumberOfSlot(type, 1)], "1");
  EXPECT_EQ(strings.strings()[strings.NumberOfSlot(type, 70)], "70");
  EXPECT_EQ(strings.NumberOfSlot(type, 0), next);
}

}  // namespace
}  // namespace heapd
