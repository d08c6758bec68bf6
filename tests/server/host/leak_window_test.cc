#include "server/host/leak_window.h"

#include <cstdint>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace heapd::server {
namespace {

using ::testing::DoubleNear;
using ::testing::ElementsAre;

LeakSample At(double seconds, uint64_t live_bytes,
              absl::Duration duration = absl::ZeroDuration()) {
  LeakSample sample;
  sample.age = absl::Seconds(seconds);
  sample.live_bytes = live_bytes;
  sample.duration = duration;
  return sample;
}

// A minute long, with a point a second.
LeakWindow SmallWindow() {
  return {absl::Minutes(1), absl::Seconds(1), LeakWindow::kMinPoints};
}

TEST(LeakWindowTest, CollectionsBackToBackAreOnePointWithTheLeastThatLived) {
  LeakWindow window = SmallWindow();
  EXPECT_FALSE(window.Add(At(10.0, 50)));
  EXPECT_FALSE(window.Add(At(10.3, 40)));
  EXPECT_FALSE(window.Add(At(10.6, 60)));
  EXPECT_EQ(window.size(), 0u);
  EXPECT_TRUE(window.Add(At(11.1, 70)));
  EXPECT_THAT(window.live_bytes(), ElementsAre(40));
  EXPECT_THAT(window.times(), ElementsAre(DoubleNear(10.3, 1e-9)));
  EXPECT_EQ(window.collection_count(), 3u);
}

TEST(LeakWindowTest, IntervalsAndDurationsAreMeansOfThePoint) {
  LeakWindow window = SmallWindow();
  window.Add(At(4, 1, absl::Seconds(1)));
  window.Add(At(10, 1, absl::Seconds(2)));
  window.Add(At(10.5, 1, absl::Seconds(4)));
  window.Add(At(20, 1));
  EXPECT_THAT(window.intervals(), ElementsAre(4, DoubleNear(3.25, 1e-9)));
  EXPECT_THAT(window.durations(), ElementsAre(1, 3));
}

TEST(LeakWindowTest, KeepsWhatSpansItsLength) {
  LeakWindow window = SmallWindow();
  for (int i = 0; i < 200; ++i) window.Add(At(3.0 * i, 1));
  EXPECT_GE(window.span(), absl::Minutes(1));
  EXPECT_LT(window.span(), absl::Seconds(64));
  EXPECT_TRUE(window.is_full());
}

TEST(LeakWindowTest, NeverHasMoreThanItsPoints) {
  LeakWindow window = SmallWindow();
  for (int i = 0; i < 5000; ++i) {
    window.Add(At(0.1 * i, 1));
    EXPECT_LE(window.size(), LeakWindow::kMaxPoints);
  }
  EXPECT_TRUE(window.is_full());
  EXPECT_GE(window.span(), absl::Seconds(58));
}

TEST(LeakWindowTest, KeepsPointsOfRareCollections) {
  LeakWindow window(absl::Minutes(1), absl::Seconds(1), 20);
  for (int i = 0; i < 100; ++i) window.Add(At(600.0 * i, 1));
  EXPECT_EQ(window.size(), 20u);
  EXPECT_EQ(window.span(), absl::Minutes(190));
}

TEST(LeakWindowTest, IsNotFullBeforeItsLengthIsOver) {
  LeakWindow window = SmallWindow();
  for (int i = 0; i < 55; ++i) window.Add(At(1.0 * i, 1));
  EXPECT_FALSE(window.is_full());
  for (int i = 55; i < 70; ++i) window.Add(At(1.0 * i, 1));
  EXPECT_TRUE(window.is_full());
}

TEST(LeakWindowTest, ALongTimeWithFewCollectionsIsNotFull) {
  LeakWindow window = SmallWindow();
  for (int i = 0; i < 12; ++i) window.Add(At(100.0 * i, 1));
  EXPECT_FALSE(window.is_full());
  window.Add(At(1200, 1));
  EXPECT_TRUE(window.is_full());
}

}  // namespace
}  // namespace heapd::server
