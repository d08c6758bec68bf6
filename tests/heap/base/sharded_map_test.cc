#include "heap/base/sharded_map.h"

#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <random>

namespace heapd {
namespace {

TEST(ShardedMapTest, FindsWhatIsThere) {
  ShardedMap<int> map;
  EXPECT_TRUE(map.Insert(7, 70));
  EXPECT_FALSE(map.Insert(7, 71));
  EXPECT_TRUE(map.contains(7));
  ASSERT_NE(map.Find(7), nullptr);
  *map.Find(7) += 1;
  EXPECT_EQ(map.Extract(7), 71);
  EXPECT_EQ(map.Find(7), nullptr);
  EXPECT_EQ(map.size(), 0u);
  EXPECT_TRUE(map.begin() == map.end());
}

TEST(ShardedMapTest, IsTheSameAsAnOrdinaryMap) {
  std::mt19937_64 random(1);
  ShardedMap<std::unique_ptr<uint64_t>> map;
  std::map<uint64_t, uint64_t> model;
  for (int i = 0; i < 20'000; ++i) {
    const uint64_t id = random() % 2'000;
    if (i % 3 != 0) {
      EXPECT_EQ(map.Insert(id, std::make_unique<uint64_t>(i)),
                model.emplace(id, i).second);
    } else if (map.contains(id)) {
      EXPECT_EQ(*map.Extract(id), model.at(id));
      model.erase(id);
    }
  }
  ASSERT_GT(model.size(), 500u);
  EXPECT_EQ(map.size(), model.size());
  std::map<uint64_t, uint64_t> visited;
  for (const auto& [id, value] : map) visited.emplace(id, *value);
  EXPECT_EQ(visited, model);
}

TEST(ShardedMapTest, PartsStaySmallWhateverTheIdsAre) {
  for (const uint64_t stride : {uint64_t{1}, uint64_t{64}, uint64_t{1} << 32}) {
    ShardedMap<char> map;
    for (uint64_t i = 1; i <= 6'400; ++i) map.Insert(i * stride, 0);
    for (size_t i = 0; i < ShardedMap<char>::kParts; ++i) {
      EXPECT_LT(map.part(i).size(), 300u) << stride;
    }
  }
}

TEST(ShardedMapTest, AnEmptyPartHasNoMemory) {
  ShardedMap<char> map;
  for (uint64_t id = 1; id <= 10'000; ++id) map.Insert(id, 0);
  for (uint64_t id = 1; id <= 10'000; ++id) map.Extract(id);
  for (size_t i = 0; i < ShardedMap<char>::kParts; ++i) {
    EXPECT_EQ(map.part(i).capacity(), 0u);
  }
}

}  // namespace
}  // namespace heapd
