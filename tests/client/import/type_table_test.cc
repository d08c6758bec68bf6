#include "client/import/type_table.h"

#include <optional>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace heapd::importer {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(TypeTableTest, GivesEqualTypesOneNumber) {
  TypeTable types;
  const uint32_t a = types.Intern({"A", false, {"x", "y"}});
  EXPECT_EQ(types.Intern({"A", false, {"x", "y"}}), a);
  EXPECT_NE(types.Intern({"A", false, {"x"}}), a);
  EXPECT_NE(types.Intern({"A", false, {"y", "x"}}), a);
  EXPECT_NE(types.Intern({"A", true, {"x", "y"}}), a);
  EXPECT_NE(types.Intern({"B", false, {"x", "y"}}), a);
  EXPECT_EQ(types.size(), 5u);
  EXPECT_THAT(types.type(a).slot_names, ElementsAre("x", "y"));
}

TEST(TypeTableTest, TellsNamesApartThatReadTheSameEndToEnd) {
  TypeTable types;
  const uint32_t a = types.Intern({"A", false, {"xy", "z"}});
  EXPECT_NE(types.Intern({"A", false, {"x", "yz"}}), a);
  EXPECT_NE(types.Intern({"A", false, {"2:xy", "z"}}), a);
  EXPECT_NE(types.Intern({"A2:xy", false, {"z"}}), a);
}

TEST(TypeTableTest, LeavesOutUnnamedSlotsAtTheEnd) {
  TypeTable types;
  const uint32_t a = types.Intern({"A", false, {"", "x", "", ""}});
  EXPECT_THAT(types.type(a).slot_names, ElementsAre("", "x"));
  EXPECT_EQ(types.Intern({"A", false, {"", "x"}}), a);
  EXPECT_THAT(types.type(types.Intern({"A", false, {"", ""}})).slot_names,
              IsEmpty());
}

TEST(TypeTableTest, FindsWhatIsThere) {
  TypeTable types;
  const uint32_t a = types.Intern({"A", false, {"x"}});
  EXPECT_EQ(types.Find({"A", false, {"x", ""}}), a);
  EXPECT_EQ(types.Find({"A", false, {"y"}}), std::nullopt);
  EXPECT_EQ(types.size(), 1u);
}

}  // namespace
}  // namespace heapd::importer
