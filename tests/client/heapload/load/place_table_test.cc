#include "client/heapload/load/place_table.h"

#include <gtest/gtest.h>

namespace heapd::heapload {
namespace {

using client::Ref;

TEST(PlaceTableTest, EveryFreePlaceIsFoundOnce) {
  PlaceTable table(20);
  for (uint32_t i = 0; i < 20; ++i) {
    const auto place = table.FindFree();
    ASSERT_TRUE(place.has_value());
    table.BeginWrite(*place);
    table.EndWrite(*place, Ref(*place + 1));
  }
  EXPECT_FALSE(table.FindFree().has_value());
  EXPECT_EQ(table.taken_count(), 20u);
}

TEST(PlaceTableTest, APlaceInUseIsNotReplaced) {
  PlaceTable table(1);
  Random random(1);
  const uint32_t place = *table.FindFree();
  EXPECT_TRUE(table.BeginWrite(place).is_null());
  EXPECT_FALSE(table.FindKnown(random).has_value());
  table.EndWrite(place, Ref(7));
  EXPECT_EQ(*table.FindKnown(random), place);
  table.BeginUse(place);
  table.BeginUse(place);
  EXPECT_FALSE(table.FindToReplace(random).has_value());
  EXPECT_FALSE(table.NextToClear().has_value());
  table.EndUse(place);
  EXPECT_FALSE(table.FindToReplace(random).has_value());
  table.EndUse(place);
  EXPECT_EQ(*table.FindToReplace(random), place);
  EXPECT_EQ(table.BeginWrite(place), Ref(7));
  EXPECT_FALSE(table.FindKnown(random).has_value());
}

TEST(PlaceTableTest, AWriteOfWhichNothingIsKnownFreesThePlace) {
  PlaceTable table(1);
  const uint32_t place = *table.FindFree();
  table.BeginWrite(place);
  EXPECT_FALSE(table.FindFree().has_value());
  table.EndWrite(place, Ref());
  EXPECT_EQ(table.taken_count(), 0u);
  EXPECT_EQ(*table.FindFree(), place);
}

}  // namespace
}  // namespace heapd::heapload
