#include "heap/gc/prefetch_ring.h"

#include <gtest/gtest.h>

namespace heapd {
namespace {

TEST(PrefetchRingTest, GivesBackWhatCameInSomeExchangesBefore) {
  PrefetchRing<int, 4> ring;
  for (int i = 1; i <= 4; ++i) EXPECT_EQ(ring.Exchange(i), 0);
  for (int i = 5; i <= 20; ++i) EXPECT_EQ(ring.Exchange(i), i - 4);
}

}  // namespace
}  // namespace heapd
