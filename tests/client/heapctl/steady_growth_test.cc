#include "client/heapctl/steady_growth.h"

#include <string>
#include <vector>

#include "gtest/gtest.h"

namespace heapd::heapctl {
namespace {

v1::ComparisonRow Row(const std::string& name, uint64_t added, uint64_t deleted,
                      int64_t size_delta) {
  v1::ComparisonRow row;
  row.set_class_name(name);
  row.set_new_count(added);
  row.set_deleted_count(deleted);
  row.set_count_delta(static_cast<int64_t>(added) -
                      static_cast<int64_t>(deleted));
  row.set_size_delta_bytes(size_delta);
  return row;
}

TEST(SteadyGrowthTest, FindsWhatGrewInEveryStateAndLostNothing) {
  const std::vector<SteadyGrowth> steady =
      FindSteadyGrowth({{Row("leak", 4, 0, 400), Row("small", 1, 0, 10),
                         Row("swaps", 9, 1, 900), Row("stops", 5, 0, 50)},
                        {Row("small", 2, 0, 20), Row("leak", 8, 0, 800),
                         Row("swaps", 20, 1, 1900), Row("stops", 5, 0, 50),
                         Row("late", 3, 0, 5000)}});
  ASSERT_EQ(steady.size(), 2u);
  EXPECT_EQ(steady[0].class_name, "leak");
  EXPECT_EQ(steady[0].count_deltas, (std::vector<int64_t>{4, 8}));
  EXPECT_EQ(steady[0].size_delta_bytes, 800);
  EXPECT_EQ(steady[1].class_name, "small");
}

TEST(SteadyGrowthTest, OneStateHasNoGrowth) {
  EXPECT_TRUE(FindSteadyGrowth({}).empty());
}

}  // namespace
}  // namespace heapd::heapctl
