#include "server/host/leak_growth.h"

#include <algorithm>
#include <cstddef>
#include <tuple>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/types/span.h"
#include "server/host/leak_trend.h"

namespace heapd::server {
namespace {

constexpr size_t kMaxGrowing = 10;
// Classes whose slopes are looked at: those that grew most, by their medians.
constexpr size_t kMaxCandidates = 32;
constexpr double kLikely = 0.95;
// What grows so much slower than the fastest does not matter.
constexpr double kLeastOfFastest = 0.01;

// What lived of one class at each point of the window.
struct Series {
  LeakClassId id = 0;
  std::vector<double> bytes;
  std::vector<double> objects;
  double rise = 0;  // from the first third to the last one
};

// A class that a point does not have has at most what the others of that point
// have, so what comes in sight counts from there only.
std::vector<Series> CollectSeries(const LeakWindow& window) {
  std::vector<Series> all;
  absl::flat_hash_map<LeakClassId, size_t> places;
  for (size_t i = 0; i < window.size(); ++i) {
    for (const LiveClass& live : window.sample(i).classes) {
      const auto [place, is_new] = places.emplace(live.id, all.size());
      if (is_new) {
        all.emplace_back().id = live.id;
        for (size_t j = 0; j < window.size(); ++j) {
          all.back().bytes.push_back(
              static_cast<double>(window.sample(j).other_class_bytes));
        }
        all.back().objects.resize(window.size());
      }
      Series& series = all[place->second];
      series.bytes[i] = static_cast<double>(live.bytes);
      series.objects[i] = static_cast<double>(live.object_count);
    }
  }
  return all;
}

double MedianOf(absl::Span<const double> values) {
  std::vector<double> copy(values.begin(), values.end());
  return Median(absl::MakeSpan(copy));
}

void KeepCandidates(std::vector<Series>* all) {
  for (Series& series : *all) {
    const absl::Span<const double> bytes = series.bytes;
    const size_t third = bytes.size() / 3;
    series.rise = MedianOf(bytes.last(third)) - MedianOf(bytes.first(third));
  }
  all->erase(
      std::remove_if(all->begin(), all->end(),
                     [](const Series& series) { return series.rise <= 0; }),
      all->end());
  std::sort(all->begin(), all->end(), [](const Series& a, const Series& b) {
    return std::make_pair(-a.rise, a.id) < std::make_pair(-b.rise, b.id);
  });
  if (all->size() > kMaxCandidates) all->resize(kMaxCandidates);
}

}  // namespace

std::vector<GrowingClass> FindGrowingClasses(const LeakWindow& window,
                                             const LeakClasses& classes) {
  std::vector<GrowingClass> growing;
  if (window.size() < LeakWindow::kMinPoints) return growing;
  const std::vector<double> times = window.times();
  std::vector<Series> candidates = CollectSeries(window);
  KeepCandidates(&candidates);
  for (const Series& series : candidates) {
    const Trend bytes = FitTrend(times, series.bytes);
    if (bytes.confidence_of_rise() < kLikely) continue;
    GrowingClass& found = growing.emplace_back();
    std::tie(found.class_name, found.tag) = classes.NamesOf(series.id);
    found.bytes_per_hour = bytes.slope_per_hour();
    found.objects_per_hour = FitTrend(times, series.objects).slope_per_hour();
    found.live_bytes = static_cast<uint64_t>(series.bytes.back());
    found.live_object_count = static_cast<uint64_t>(series.objects.back());
  }
  std::stable_sort(growing.begin(), growing.end(),
                   [](const GrowingClass& a, const GrowingClass& b) {
                     return a.bytes_per_hour > b.bytes_per_hour;
                   });
  while (growing.size() > kMaxGrowing ||
         (!growing.empty() &&
          growing.back().bytes_per_hour <
              kLeastOfFastest * growing.front().bytes_per_hour)) {
    growing.pop_back();
  }
  return growing;
}

}  // namespace heapd::server
