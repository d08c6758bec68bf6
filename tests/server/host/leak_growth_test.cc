#include "server/host/leak_growth.h"

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace heapd::server {
namespace {

using ::testing::ElementsAre;
using ::testing::Field;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class LeakGrowthTest : public ::testing::Test {
 protected:
  // Adds a class of which `bytes(i)` live at point i, 100 bytes an object.
  void Add(const std::string& name, const std::string& tag,
           std::function<uint64_t(int)> bytes) {
    ids_.push_back(*classes_.IdOf(name, tag));
    bytes_.push_back(std::move(bytes));
  }

  std::vector<GrowingClass> Find(int points = 20,
                                 uint64_t other_class_bytes = 0) {
    LeakWindow window(absl::Minutes(10), absl::Seconds(1),
                      LeakWindow::kMaxPoints);
    for (int i = 0; i <= points; ++i) {
      LeakSample sample;
      sample.age = absl::Minutes(i);
      sample.other_class_bytes = other_class_bytes;
      for (size_t j = 0; j < ids_.size(); ++j) {
        const uint64_t bytes = bytes_[j](i);
        if (bytes > 0) sample.classes.push_back({ids_[j], bytes / 100, bytes});
      }
      window.Add(sample);
    }
    return FindGrowingClasses(window, classes_);
  }

  LeakClasses classes_;
  std::vector<LeakClassId> ids_;
  std::vector<std::function<uint64_t(int)>> bytes_;
};

TEST_F(LeakGrowthTest, NamesClassAndTagTheFastestFirst) {
  Add("Steady", "", [](int) { return 1'000'000; });
  Add("Slow", "", [](int i) { return 100 * (50 + i); });
  Add("Leak", "GET /orders 502", [](int i) { return 1000 * (50 + i); });
  const std::vector<GrowingClass> found = Find();
  ASSERT_THAT(found, SizeIs(2));
  EXPECT_EQ(found[0].class_name, "Leak");
  EXPECT_EQ(found[0].tag, "GET /orders 502");
  EXPECT_NEAR(found[0].bytes_per_hour, 60'000, 1);
  EXPECT_NEAR(found[0].objects_per_hour, 600, 0.1);
  EXPECT_EQ(found[0].live_bytes, 69'000u);
  EXPECT_EQ(found[0].live_object_count, 690u);
  EXPECT_EQ(found[1].class_name, "Slow");
}

TEST_F(LeakGrowthTest, WhatGrowsMuchSlowerIsNotNamed) {
  Add("Leak", "", [](int i) { return 100'000 * (50 + i); });
  Add("Little", "", [](int i) { return 900 * (50 + i); });
  Add("More", "", [](int i) { return 1100 * (50 + i); });
  EXPECT_THAT(Find(), ElementsAre(Field(&GrowingClass::class_name, "Leak"),
                                  Field(&GrowingClass::class_name, "More")));
}

TEST_F(LeakGrowthTest, OneClassUnderTwoTagsIsTwo) {
  Add("Leak", "a", [](int i) { return 1000 * (1 + i); });
  Add("Leak", "b", [](int) { return 50'000; });
  EXPECT_THAT(Find(), ElementsAre(Field(&GrowingClass::tag, "a")));
}

TEST_F(LeakGrowthTest, WhatShrinksOrGoesUpAndDownIsNotNamed) {
  Add("Shrinks", "", [](int i) { return 100'000 - 100 * i; });
  Add("UpAndDown", "", [](int i) { return 100'000 + 5000 * (i % 5); });
  EXPECT_THAT(Find(), IsEmpty());
}

TEST_F(LeakGrowthTest, AtMostTen) {
  for (int j = 0; j < 50; ++j) {
    Add(absl::StrCat("Leak", j), "",
        [j](int i) { return static_cast<uint64_t>(100 * (1 + j) * (1 + i)); });
  }
  const std::vector<GrowingClass> found = Find();
  ASSERT_THAT(found, SizeIs(10));
  EXPECT_EQ(found[0].class_name, "Leak49");
  EXPECT_EQ(found[9].class_name, "Leak40");
}

// Not among the largest until the tenth point: it had at most what the smallest
// of those had.
TEST_F(LeakGrowthTest, WhatComesInSightDoesNotGrowFromNothing) {
  Add("Late", "", [](int i) { return i < 10 ? 0 : 30'000 + 2000 * (i - 10); });
  const std::vector<GrowingClass> from_nothing = Find(20, 0);
  const std::vector<GrowingClass> from_the_least = Find(20, 20'000);
  ASSERT_THAT(from_nothing, SizeIs(1));
  ASSERT_THAT(from_the_least, SizeIs(1));
  EXPECT_LT(from_the_least[0].bytes_per_hour,
            from_nothing[0].bytes_per_hour * 3 / 4);
}

TEST_F(LeakGrowthTest, SaysNothingOfFewPoints) {
  Add("Leak", "", [](int i) { return 1000 * (1 + i); });
  EXPECT_THAT(Find(8), IsEmpty());
}

TEST(LeakClassesTest, TellsClassesAndTagsApartUpToItsLimit) {
  LeakClasses classes;
  const auto id = classes.IdOf("A", "tag");
  EXPECT_EQ(classes.IdOf("A", "tag"), id);
  EXPECT_NE(classes.IdOf("A", ""), id);
  EXPECT_EQ(classes.NamesOf(*id),
            std::make_pair(std::string("A"), std::string("tag")));
  for (size_t i = 2; i < LeakClasses::kMaxClasses; ++i) {
    EXPECT_TRUE(classes.IdOf("B", absl::StrCat(i)).has_value());
  }
  EXPECT_FALSE(classes.IdOf("C", "").has_value());
  EXPECT_EQ(classes.IdOf("A", "tag"), id);
}

}  // namespace
}  // namespace heapd::server
