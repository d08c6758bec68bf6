#include "heap/gc/scavenge_pacing.h"

#include <gtest/gtest.h>

namespace heapd {
namespace {

constexpr uint64_t kMiB = uint64_t{1} << 20;
constexpr uint64_t kTarget = ScavengePacing::kTargetWork;

TEST(ScavengePacingTest, DoesNotLimitBeforeTheFirstScavenge) {
  const ScavengePacing pacing;
  EXPECT_GE(pacing.AllowedBytes(0), 64 * kMiB);
}

TEST(ScavengePacingTest, HalvesWhatGaveTwiceTheWork) {
  ScavengePacing pacing;
  pacing.OnScavenge(kMiB, 2 * kTarget);
  EXPECT_EQ(pacing.AllowedBytes(0), kMiB / 2);
}

TEST(ScavengePacingTest, GrowsByDoublingWhenObjectsDieYoungAgain) {
  ScavengePacing pacing;
  pacing.OnScavenge(kMiB, 4 * kTarget);
  pacing.OnScavenge(kMiB / 4, 0);
  EXPECT_EQ(pacing.AllowedBytes(0), kMiB / 2);
  pacing.OnScavenge(kMiB / 2, 0);
  EXPECT_EQ(pacing.AllowedBytes(0), kMiB);
}

TEST(ScavengePacingTest, LeavesRoomForWhatComesNext) {
  ScavengePacing pacing;
  pacing.OnScavenge(kMiB, 1'000'000);
  EXPECT_EQ(pacing.AllowedBytes(0), ScavengePacing::kMinBytes);
  EXPECT_EQ(pacing.AllowedBytes(kMiB), kMiB + ScavengePacing::kMinBytes);
}

TEST(ScavengePacingTest, AnAlmostEmptySpaceSaysNothing) {
  ScavengePacing pacing;
  pacing.OnScavenge(kMiB, 2 * kTarget);
  pacing.OnScavenge(1000, kTarget);
  EXPECT_EQ(pacing.AllowedBytes(0), kMiB / 2);
}

TEST(ScavengePacingTest, CopiedBytesAndTheDeadAreWorkToo) {
  EXPECT_EQ(ScavengePacing::WorkOf(100, 51'200, 800), 300u);
}

}  // namespace
}  // namespace heapd
