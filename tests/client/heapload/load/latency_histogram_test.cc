#include "client/heapload/load/latency_histogram.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "client/heapload/load/random.h"

namespace heapd::heapload {
namespace {

// The value that a part of `quantile` of all is not above.
int64_t ExactPercentile(std::vector<int64_t> values, double quantile) {
  std::sort(values.begin(), values.end());
  const auto rank = static_cast<size_t>(
      std::ceil(quantile * static_cast<double>(values.size())));
  return values[std::max<size_t>(rank, 1) - 1];
}

// From 1 us to some 100 s, each power of ten as likely.
std::vector<int64_t> RandomLatencies(uint64_t seed, int count) {
  Random random(seed);
  std::vector<int64_t> values;
  for (int i = 0; i < count; ++i) {
    values.push_back(
        static_cast<int64_t>(1000 * std::pow(10, 8 * random.Fraction())));
  }
  return values;
}

TEST(LatencyHistogramTest, PercentilesAreWithinOnePercentOfTheExactOnes) {
  const std::vector<int64_t> values = RandomLatencies(7, 20'000);
  LatencyHistogram histogram;
  for (const int64_t value : values) histogram.Record(value);
  for (const double quantile : {0.01, 0.1, 0.5, 0.9, 0.99, 0.999, 0.9999}) {
    const auto exact = static_cast<double>(ExactPercentile(values, quantile));
    EXPECT_NEAR(static_cast<double>(histogram.Percentile(quantile)), exact,
                0.01 * exact)
        << quantile;
  }
  EXPECT_EQ(histogram.max(), ExactPercentile(values, 1));
  EXPECT_EQ(histogram.Percentile(1), histogram.max());
  EXPECT_EQ(histogram.count(), values.size());
}

TEST(LatencyHistogramTest, EveryValueIsKeptToWithinOnePercent) {
  for (int64_t value = 1; value < int64_t{1} << 41; value += value / 50 + 1) {
    LatencyHistogram histogram;
    histogram.Record(value);
    histogram.Record(value * 2);
    const double off = static_cast<double>(histogram.Percentile(0.5) - value);
    EXPECT_LE(std::abs(off), 0.0079 * static_cast<double>(value)) << value;
  }
}

TEST(LatencyHistogramTest, MergedIsAsIfRecordedInOne) {
  LatencyHistogram one, other, both;
  for (const int64_t value : RandomLatencies(1, 1000)) {
    one.Record(value);
    both.Record(value);
  }
  for (const int64_t value : RandomLatencies(2, 500)) {
    other.Record(value);
    both.Record(value);
  }
  one.Merge(other);
  EXPECT_EQ(one.count(), both.count());
  EXPECT_EQ(one.max(), both.max());
  for (const double quantile : {0.1, 0.5, 0.9, 0.999}) {
    EXPECT_EQ(one.Percentile(quantile), both.Percentile(quantile));
  }
}

TEST(LatencyHistogramTest, ValuesOutOfRangeCountAtItsEnds) {
  LatencyHistogram histogram;
  histogram.Record(-5);
  histogram.Record(std::numeric_limits<int64_t>::max());
  EXPECT_EQ(histogram.count(), 2u);
  EXPECT_EQ(histogram.Percentile(0.5), 0);
  EXPECT_EQ(histogram.max(), std::numeric_limits<int64_t>::max());
}

TEST(LatencyHistogramTest, AnEmptyOneIsAllZero) {
  const LatencySummary summary = LatencyHistogram().Summarize();
  EXPECT_EQ(summary.count, 0u);
  EXPECT_EQ(summary.p50, 0);
  EXPECT_EQ(summary.max, 0);
}

}  // namespace
}  // namespace heapd::heapload
