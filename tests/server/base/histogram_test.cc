#include "server/base/histogram.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace heapd::server {
namespace {

using ::testing::ElementsAre;

constexpr auto kBounds = std::to_array<int64_t>({10, 20, 40});

TEST(HistogramTest, ABoundBelongsToItsBucket) {
  Histogram<kBounds> histogram;
  for (const int64_t nanos : {0, 10, 11, 20, 40, 41, 1000}) {
    histogram.ObserveNanos(nanos);
  }
  const HistogramFigures figures = histogram.Read();
  EXPECT_THAT(figures.counts, ElementsAre(2, 2, 1, 2));
  EXPECT_THAT(figures.bounds, ElementsAre(10, 20, 40));
  EXPECT_EQ(figures.count(), 7u);
  EXPECT_EQ(figures.sum, absl::Nanoseconds(1122));
}

TEST(HistogramTest, FineBoundsAreAQuarterApart) {
  EXPECT_EQ(kFinePauseBounds.front(), 1'000);
  EXPECT_GT(kFinePauseBounds.back(), 200'000'000'000);
  for (size_t i = 1; i < kFinePauseBounds.size(); ++i) {
    EXPECT_GT(kFinePauseBounds[i], kFinePauseBounds[i - 1]);
    EXPECT_LE(4 * kFinePauseBounds[i], 5 * kFinePauseBounds[i - 1]);
  }
}

TEST(HistogramTest, FiguresAddUp) {
  Histogram<kBounds> one, other;
  one.Observe(absl::Nanoseconds(5));
  other.Observe(absl::Nanoseconds(15));
  other.Observe(absl::Nanoseconds(100));
  HistogramFigures sum;
  EXPECT_EQ(sum.count(), 0u);
  sum += one.Read();
  sum += other.Read();
  EXPECT_THAT(sum.counts, ElementsAre(1, 1, 0, 1));
  EXPECT_EQ(sum.sum, absl::Nanoseconds(120));
}

}  // namespace
}  // namespace heapd::server
