#ifndef HEAPD_SERVER_BASE_HISTOGRAM_H_
#define HEAPD_SERVER_BASE_HISTOGRAM_H_

#include <algorithm>
#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "absl/time/time.h"
#include "absl/types/span.h"

namespace heapd::server {

// What a histogram of durations has counted. A value.
struct HistogramFigures {
  // The longest duration of each bucket in nanoseconds, increasing; one more
  // bucket has what is longer than all.
  absl::Span<const int64_t> bounds;
  std::vector<uint64_t> counts;  // bounds.size() + 1, each by itself
  absl::Duration sum;

  uint64_t count() const {
    uint64_t total = 0;
    for (const uint64_t count : counts) total += count;
    return total;
  }
  // Of histograms with the same bounds, or of one that is empty.
  HistogramFigures& operator+=(const HistogramFigures& other) {
    if (counts.empty()) return *this = other;
    for (size_t i = 0; i < other.counts.size(); ++i) {
      counts[i] += other.counts[i];
    }
    sum += other.sum;
    return *this;
  }
};

// Counts durations by buckets. `kBounds` is an array of nanoseconds, see
// HistogramFigures. Thread-safe, without locks.
template <const auto& kBounds>
class Histogram {
 public:
  void Observe(absl::Duration duration) {
    ObserveNanos(absl::ToInt64Nanoseconds(duration));
  }
  void ObserveNanos(int64_t nanos) {
    const auto bound = std::lower_bound(kBounds.begin(), kBounds.end(), nanos);
    // Relaxed, as all here: each figure is read by itself.
    counts_[static_cast<size_t>(bound - kBounds.begin())].fetch_add(
        1, std::memory_order_relaxed);
    sum_nanos_.fetch_add(nanos, std::memory_order_relaxed);
  }

  HistogramFigures Read() const {
    HistogramFigures figures;
    figures.bounds = kBounds;
    for (const auto& count : counts_) {
      figures.counts.push_back(count.load(std::memory_order_relaxed));
    }
    figures.sum = absl::Nanoseconds(sum_nanos_.load(std::memory_order_relaxed));
    return figures;
  }

 private:
  std::array<std::atomic<uint64_t>, kBounds.size() + 1> counts_ = {};
  std::atomic<int64_t> sum_nanos_{0};
};

// From 100 us to 10 s, for calls.
inline constexpr auto kCallBounds = std::to_array<int64_t>(
    {100'000, 250'000, 500'000, 1'000'000, 2'500'000, 5'000'000, 10'000'000,
     25'000'000, 50'000'000, 100'000'000, 250'000'000, 500'000'000,
     1'000'000'000, 2'500'000'000, 5'000'000'000, 10'000'000'000});
// From 50 us to 100 ms, for pauses.
inline constexpr auto kPauseBounds = std::to_array<int64_t>(
    {50'000, 100'000, 200'000, 300'000, 500'000, 750'000, 1'000'000, 2'000'000,
     5'000'000, 10'000'000, 25'000'000, 50'000'000, 100'000'000});
// From 1 us to 234 s, four for each doubling, for pauses that a rule judges.
inline constexpr auto kFinePauseBounds = [] {
  std::array<int64_t, 112> bounds = {1'000};
  for (size_t i = 1; i < bounds.size(); ++i) {
    const int64_t quarters = 5 + (static_cast<int64_t>(i) - 1) % 4;
    bounds[i] = (quarters << ((i - 1) / 4)) * 250;
  }
  return bounds;
}();
// From 100 us to 30 s, for collections.
inline constexpr auto kCollectionBounds =
    std::to_array<int64_t>({100'000, 300'000, 1'000'000, 3'000'000, 10'000'000,
                            30'000'000, 100'000'000, 300'000'000, 1'000'000'000,
                            3'000'000'000, 10'000'000'000, 30'000'000'000});
// From 50 ms to 30 min, for snapshots.
inline constexpr auto kSnapshotBounds = std::to_array<int64_t>(
    {50'000'000, 100'000'000, 250'000'000, 500'000'000, 1'000'000'000,
     2'500'000'000, 5'000'000'000, 10'000'000'000, 30'000'000'000,
     60'000'000'000, 300'000'000'000, 1'800'000'000'000});

}  // namespace heapd::server

#endif  // HEAPD_SERVER_BASE_HISTOGRAM_H_
