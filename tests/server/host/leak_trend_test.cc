#include "server/host/leak_trend.h"

#include <cmath>
#include <cstddef>
#include <random>
#include <vector>

#include "gtest/gtest.h"

namespace heapd::server {
namespace {

std::vector<double> Seconds(size_t count) {
  std::vector<double> times;
  for (size_t i = 0; i < count; ++i) times.push_back(static_cast<double>(i));
  return times;
}

std::vector<double> NormalNoise(size_t count, uint32_t seed) {
  std::mt19937 random(seed);
  std::normal_distribution<double> normal;
  std::vector<double> values;
  for (size_t i = 0; i < count; ++i) values.push_back(normal(random));
  return values;
}

template <typename Formula>
std::vector<double> Values(size_t count, Formula formula) {
  std::vector<double> values;
  for (size_t i = 0; i < count; ++i) {
    values.push_back(formula(static_cast<double>(i)));
  }
  return values;
}

bool Rises(const std::vector<double>& values) {
  const std::vector<double> times = Seconds(values.size());
  return RisesThroughout(times, values,
                         FitTrend(times, values).slope_per_second);
}

TEST(MedianTest, IsTheMiddleOrBetweenTheTwo) {
  std::vector<double> odd = {5, 1, 3};
  std::vector<double> even = {4, 1, 3, 2};
  EXPECT_EQ(Median(absl::MakeSpan(odd)), 3);
  EXPECT_EQ(Median(absl::MakeSpan(even)), 2.5);
}

TEST(FitTrendTest, AgreesWithTheRankTestByHand) {
  // Pairs that rise less those that fall: 28 - 2 * 3 = 22.
  const std::vector<double> values = {1, 3, 2, 4, 6, 5, 8, 7};
  const Trend trend = FitTrend(Seconds(8), values);
  // The variance is 8 * 7 * 21 / 18; z = 21 / sqrt(65.33) = 2.598.
  EXPECT_NEAR(trend.confidence, std::erf(2.598 / std::sqrt(2.0)), 1e-4);
  EXPECT_NEAR(trend.slope_per_second, 1, 0.01);
}

TEST(FitTrendTest, EqualValuesLessenTheVariance) {
  // 15 pairs but the three that are equal: S = 12, variance (510 - 66) / 18.
  const std::vector<double> values = {1, 2, 2, 2, 3, 4};
  const double z = 11 / std::sqrt((6 * 5 * 17 - 3 * 2 * 11) / 18.0);
  EXPECT_NEAR(FitTrend(Seconds(6), values).confidence,
              std::erf(z / std::sqrt(2.0)), 1e-9);
}

TEST(FitTrendTest, SlopeIsThatOfTheLineDespiteWildPoints) {
  std::vector<double> values = Values(30, [](double t) { return 7 + 2 * t; });
  for (size_t i = 0; i < 30; i += 5) values[i] = 1e6;
  EXPECT_NEAR(FitTrend(Seconds(30), values).slope_per_second, 2, 1e-9);
}

TEST(FitTrendTest, UnevenTimesCount) {
  const std::vector<double> times = {0, 1, 10, 11, 100};
  const std::vector<double> values = {0, 3, 30, 33, 300};
  EXPECT_NEAR(FitTrend(times, values).slope_per_second, 3, 1e-9);
  EXPECT_NEAR(FitTrend(times, values).slope_per_hour(), 10800, 1e-6);
}

TEST(FitTrendTest, WhatFallsIsSureToFallAndNotToRise) {
  const Trend trend =
      FitTrend(Seconds(20), Values(20, [](double t) { return -t; }));
  EXPECT_LT(trend.slope_per_second, 0);
  EXPECT_GT(trend.confidence, 0.999);
  EXPECT_EQ(trend.confidence_of_rise(), 0);
}

TEST(FitTrendTest, FewOrEqualPointsHaveNoTrend) {
  EXPECT_EQ(FitTrend({}, {}).confidence, 0);
  EXPECT_EQ(FitTrend(Seconds(2), {1, 2}).slope_per_second, 0);
  const Trend flat = FitTrend(Seconds(20), std::vector<double>(20, 5.0));
  EXPECT_EQ(flat.slope_per_second, 0);
  EXPECT_EQ(flat.confidence, 0);
  const std::vector<double> same_time(20, 1.0);
  EXPECT_EQ(FitTrend(same_time, Seconds(20)).confidence, 0);
}

// What the word confidence promises.
TEST(FitTrendTest, NoiseIsTakenForATrendAsOftenAsItSays) {
  constexpr int kSeeds = 2000;
  int over_95 = 0;
  int over_999 = 0;
  for (uint32_t seed = 0; seed < kSeeds; ++seed) {
    const Trend trend = FitTrend(Seconds(24), NormalNoise(24, seed));
    over_95 += trend.confidence > 0.95;
    over_999 += trend.confidence > 0.999;
  }
  EXPECT_GT(over_95, kSeeds * 2 / 100);
  EXPECT_LT(over_95, kSeeds * 7 / 100);
  EXPECT_LE(over_999, 6);
}

// A load that wanders looks like a trend to a test that takes each point for
// news: 30 to 40 % of such series would be over 95 %.
TEST(FitTrendTest, PointsThatResembleTheOnesBeforeCountForLess) {
  constexpr int kSeeds = 1000;
  int over_95 = 0;
  for (uint32_t seed = 0; seed < kSeeds; ++seed) {
    std::vector<double> values = NormalNoise(60, seed);
    for (size_t i = 1; i < values.size(); ++i) {
      values[i] += 0.7 * values[i - 1];
    }
    over_95 += FitTrend(Seconds(60), values).confidence > 0.95;
  }
  EXPECT_LT(over_95, kSeeds * 13 / 100);
}

TEST(ValueAtEndTest, IsOnTheLineThroughTheMiddle) {
  std::vector<double> values = Values(21, [](double t) { return 10 + 3 * t; });
  values.back() = 0;
  EXPECT_NEAR(ValueAtEnd(Seconds(21), values, 3), 70, 1e-9);
}

TEST(RisesThroughoutTest, ALineDoesAndSoDoesAFasterAndFasterGrowth) {
  EXPECT_TRUE(Rises(Values(30, [](double t) { return 100 + t; })));
  EXPECT_TRUE(Rises(Values(30, [](double t) { return std::exp(t / 30); })));
}

// The rank test alone is sure of some of these.
TEST(RisesThroughoutTest, AStepDoesNotWhereverItIs) {
  int sure = 0;
  for (int at = 1; at < 60; ++at) {
    const std::vector<double> noise =
        NormalNoise(60, static_cast<uint32_t>(at));
    const std::vector<double> values = Values(60, [&](double t) {
      return (t >= at ? 105 : 100) + noise[static_cast<size_t>(t)];
    });
    if (FitTrend(Seconds(60), values).confidence_of_rise() < 0.999) continue;
    ++sure;
    EXPECT_FALSE(Rises(values)) << at;
  }
  EXPECT_GT(sure, 4);
}

TEST(RisesThroughoutTest, AWarmUpThatEndsDoesNot) {
  for (const double time_constant : {3.0, 10.0, 20.0, 40.0}) {
    EXPECT_FALSE(Rises(Values(60, [&](double t) {
      return 100 * (1 - std::exp(-t / time_constant));
    }))) << time_constant;
  }
}

TEST(RisesThroughoutTest, ASawtoothDoesNot) {
  EXPECT_FALSE(Rises(Values(60, [](double t) { return std::fmod(t, 40); })));
  EXPECT_FALSE(Rises(Values(60, [](double t) { return std::fmod(t, 7); })));
}

}  // namespace
}  // namespace heapd::server
