#include "server/host/leak_trend.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <vector>

#include "heap/base/check.h"

namespace heapd::server {
namespace {

// How slow the last third may be beside the first one. Of a warm-up that ends
// with time constant T the last third of a window W has e^(-2W/3T) of the first
// one's growth, so what saturates in less than 1.6 windows is told apart.
constexpr double kLeastLastToFirst = 0.75;
// How much of the whole slope each third must have.
constexpr double kLeastThirdSlope = 0.5;
// By how many of its standard errors that has to be so.
constexpr double kErrors = 1.0;
// The most that points can resemble the ones before them.
constexpr double kMaxAutocorrelation = 0.9;
// Points that leave the line by a smaller part of what it rises are on it.
constexpr double kOnTheLine = 0.05;

// Slopes between all pairs with different times, and how many pairs rise less
// those that fall.
struct Pairs {
  std::vector<double> slopes;
  int64_t rising_less_falling = 0;
};

Pairs AllPairs(absl::Span<const double> times,
               absl::Span<const double> values) {
  Pairs pairs;
  pairs.slopes.reserve(values.size() * (values.size() - 1) / 2);
  for (size_t i = 0; i < values.size(); ++i) {
    for (size_t j = i + 1; j < values.size(); ++j) {
      const double change = values[j] - values[i];
      pairs.rising_less_falling += (change > 0) - (change < 0);
      const double time = times[j] - times[i];
      if (time > 0) pairs.slopes.push_back(change / time);
    }
  }
  return pairs;
}

// Of the number of rising pairs less falling ones, without a trend. Equal
// values make no pair.
double Variance(absl::Span<const double> values) {
  const auto part = [](double n) { return n * (n - 1) * (2 * n + 5); };
  std::vector<double> sorted(values.begin(), values.end());
  std::sort(sorted.begin(), sorted.end());
  double sum = part(static_cast<double>(sorted.size()));
  for (auto begin = sorted.begin(); begin != sorted.end();) {
    const auto end = std::upper_bound(begin, sorted.end(), *begin);
    sum -= part(static_cast<double>(end - begin));
    begin = end;
  }
  return sum / 18;
}

// By how much more the number of pairs varies because points resemble the ones
// before them: (1 + r) / (1 - r) with the autocorrelation r of what is left
// without the trend.
double VarianceInflation(absl::Span<const double> times,
                         absl::Span<const double> values, double slope) {
  std::vector<double> rest(values.size());
  double mean = 0;
  for (size_t i = 0; i < values.size(); ++i) {
    rest[i] = values[i] - slope * times[i];
    mean += rest[i] / static_cast<double>(values.size());
  }
  double squares = 0;
  double products = 0;
  for (size_t i = 0; i < rest.size(); ++i) {
    rest[i] -= mean;
    squares += rest[i] * rest[i];
    if (i > 0) products += rest[i] * rest[i - 1];
  }
  const double rise = std::abs(slope) * (times.back() - times.front());
  const double spread = std::sqrt(squares / static_cast<double>(rest.size()));
  if (spread <= kOnTheLine * rise || squares == 0) return 1;
  const double r = std::clamp(products / squares, 0.0, kMaxAutocorrelation);
  return (1 + r) / (1 - r);
}

// How far values are from a line with that slope: their standard deviation if
// they are normal, by their median deviation.
double Spread(absl::Span<const double> times, absl::Span<const double> values,
              double slope_per_second) {
  std::vector<double> rest(values.size());
  for (size_t i = 0; i < values.size(); ++i) {
    rest[i] = values[i] - slope_per_second * times[i];
  }
  const double middle = Median(absl::MakeSpan(rest));
  for (double& value : rest) value = std::abs(value - middle);
  return 1.4826 * Median(absl::MakeSpan(rest));
}

// The standard error of the median of `count` values.
double MedianError(double spread, size_t count) {
  return 1.2533 * spread / std::sqrt(static_cast<double>(count));
}

}  // namespace

double Median(absl::Span<double> values) {
  HEAPD_CHECK(!values.empty());
  const auto middle =
      values.begin() + static_cast<ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  if (values.size() % 2 == 1) return *middle;
  return (*middle + *std::max_element(values.begin(), middle)) / 2;
}

Trend FitTrend(absl::Span<const double> times,
               absl::Span<const double> values) {
  HEAPD_CHECK(times.size() == values.size());
  if (values.size() < 3) return {};
  Pairs pairs = AllPairs(times, values);
  if (pairs.slopes.empty()) return {};
  Trend trend;
  trend.slope_per_second = Median(absl::MakeSpan(pairs.slopes));
  // What rises in most pairs and not at all in the median of them, or the other
  // way round, has no trend.
  const auto balance = static_cast<double>(pairs.rising_less_falling);
  if (balance * trend.slope_per_second <= 0) return trend;
  const double variance =
      Variance(values) *
      VarianceInflation(times, values, trend.slope_per_second);
  // A whole number is compared with a continuous distribution.
  const double z = (std::abs(balance) - 1) / std::sqrt(variance);
  trend.confidence = std::erf(z / std::sqrt(2.0));
  return trend;
}

double ValueAtEnd(absl::Span<const double> times,
                  absl::Span<const double> values, double slope_per_second) {
  HEAPD_CHECK(!times.empty());
  std::vector<double> ends(values.size());
  for (size_t i = 0; i < values.size(); ++i) {
    ends[i] = values[i] + slope_per_second * (times.back() - times[i]);
  }
  return Median(absl::MakeSpan(ends));
}

bool RisesThroughout(absl::Span<const double> times,
                     absl::Span<const double> values, double slope_per_second) {
  const size_t third = values.size() / 3;
  HEAPD_CHECK(third >= 3);
  const size_t begins[] = {0, third, values.size() - third, values.size()};
  double medians[3] = {};
  for (int i = 0; i < 3; ++i) {
    const auto part_times = times.subspan(begins[i], begins[i + 1] - begins[i]);
    const auto part = values.subspan(begins[i], begins[i + 1] - begins[i]);
    if (FitTrend(part_times, part).slope_per_second <
        kLeastThirdSlope * slope_per_second) {
      return false;
    }
    std::vector<double> sorted(part.begin(), part.end());
    medians[i] = Median(absl::MakeSpan(sorted));
  }
  const double first = medians[1] - medians[0];
  const double last = medians[2] - medians[1];
  // Of `last - kLeastLastToFirst * first`.
  const double error =
      MedianError(Spread(times, values, slope_per_second), third) *
      std::sqrt(1 + (1 + kLeastLastToFirst) * (1 + kLeastLastToFirst) +
                kLeastLastToFirst * kLeastLastToFirst);
  return first > 0 && last - kLeastLastToFirst * first >= kErrors * error;
}

}  // namespace heapd::server
