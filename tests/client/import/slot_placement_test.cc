#include "client/import/slot_placement.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace heapd::importer {
namespace {

using ::testing::ElementsAre;
using ::testing::Optional;

std::optional<std::vector<uint32_t>> Place(
    const std::vector<std::string>& has, const std::vector<std::string>& wants,
    uint32_t count) {
  return PlaceSlots({"A", false, has}, {"A", false, wants}, count, 8);
}

TEST(SlotPlacementTest, PutsNamesWhereTheyAre) {
  EXPECT_THAT(Place({"a", "b", "c"}, {"c", "a"}, 2),
              Optional(ElementsAre(2, 0)));
}

TEST(SlotPlacementTest, PutsUnnamedSlotsIntoUnnamedOnesAndBehindTheNames) {
  EXPECT_THAT(Place({"a", "", "b"}, {"", "", "b"}, 4),
              Optional(ElementsAre(1, 3, 2, 4)));
}

TEST(SlotPlacementTest, KeepsTheOrderOfEqualNames) {
  EXPECT_THAT(Place({"a", "b", "a"}, {"a", "a"}, 2),
              Optional(ElementsAre(0, 2)));
  EXPECT_EQ(Place({"a", "b", "a"}, {"a", "a", "a"}, 3), std::nullopt);
}

TEST(SlotPlacementTest, RefusesANameThatIsNotThere) {
  EXPECT_EQ(Place({"a"}, {"a", "b"}, 2), std::nullopt);
  EXPECT_EQ(Place({}, {"a"}, 1), std::nullopt);
}

TEST(SlotPlacementTest, RefusesMoreSlotsThanThereCanBe) {
  EXPECT_TRUE(Place({"a"}, {}, 7).has_value());
  EXPECT_EQ(Place({"a"}, {}, 8), std::nullopt);
}

}  // namespace
}  // namespace heapd::importer
