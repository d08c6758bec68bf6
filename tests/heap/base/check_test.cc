#include "heap/base/check.h"

#include <gtest/gtest.h>

namespace heapd {
namespace {

TEST(CheckTest, AHeldInvariantGoesOn) { HEAPD_CHECK(1 + 1 == 2); }

TEST(CheckDeathTest, ABrokenInvariantEndsTheProcessAndNamesItself) {
  EXPECT_DEATH(HEAPD_CHECK(1 + 1 == 3), "check_test.cc.*check failed: 1 \\+ 1");
}

}  // namespace
}  // namespace heapd
