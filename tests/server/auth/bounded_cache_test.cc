#include "server/auth/bounded_cache.h"

#include <gtest/gtest.h>

#include <string>

namespace heapd::server {
namespace {

TEST(BoundedCacheTest, WhatWasPutInIsFoundUntilItIsErased) {
  BoundedCache<std::string, int> cache(4);
  cache.Insert("a", 1);
  cache.Insert("a", 2);
  ASSERT_NE(cache.Find("a"), nullptr);
  EXPECT_EQ(*cache.Find("a"), 2);
  EXPECT_EQ(cache.size(), 1u);
  cache.Erase("a");
  EXPECT_EQ(cache.Find("a"), nullptr);
}

TEST(BoundedCacheTest, ItHoldsTwoGenerationsAtMost) {
  BoundedCache<int, int> cache(8);
  for (int i = 0; i < 1000; ++i) {
    cache.Insert(i, i);
    EXPECT_LE(cache.size(), 16u);
  }
  for (int i = 992; i < 1000; ++i) EXPECT_NE(cache.Find(i), nullptr) << i;
  EXPECT_EQ(cache.Find(0), nullptr);
}

TEST(BoundedCacheTest, WhatIsUsedStays) {
  BoundedCache<int, int> cache(8);
  cache.Insert(-1, 7);
  for (int i = 0; i < 1000; ++i) {
    cache.Insert(i, i);
    ASSERT_NE(cache.Find(-1), nullptr) << i;
    EXPECT_EQ(*cache.Find(-1), 7);
    EXPECT_LE(cache.size(), 16u);
  }
}

TEST(BoundedCacheTest, AnOldEntryThatIsPutInAgainHasOneValue) {
  BoundedCache<int, int> cache(2);
  cache.Insert(1, 1);
  cache.Insert(2, 2);
  cache.Insert(3, 3);
  cache.Insert(1, 10);
  EXPECT_EQ(*cache.Find(1), 10);
  cache.Erase(1);
  EXPECT_EQ(cache.Find(1), nullptr);
}

TEST(BoundedCacheTest, ClearForgetsBothGenerations) {
  BoundedCache<int, int> cache(2);
  for (int i = 0; i < 4; ++i) cache.Insert(i, i);
  cache.Clear();
  EXPECT_EQ(cache.size(), 0u);
  EXPECT_EQ(cache.Find(3), nullptr);
}

}  // namespace
}  // namespace heapd::server
