#include "heap/base/random_seed.h"

#include <gtest/gtest.h>

namespace heapd {
namespace {

TEST(RandomSeedTest, TwoSeedsDiffer) { EXPECT_NE(RandomSeed(), RandomSeed()); }

}  // namespace
}  // namespace heapd
