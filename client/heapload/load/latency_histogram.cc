#include "client/heapload/load/latency_histogram.h"

#include <algorithm>
#include <cmath>

namespace heapd::heapload {

void LatencyHistogram::Merge(const LatencyHistogram& other) {
  uint64_t added = 0;
  for (size_t i = 0; i < kBuckets; ++i) {
    const uint64_t count = other.counts_[i].get();
    if (count == 0) continue;
    counts_[i].Add(count);
    added += count;
  }
  // Not other.count(), which may be ahead of the buckets just read.
  count_.Add(added);
  max_.RaiseTo(other.max_.get());
}

int64_t LatencyHistogram::Percentile(double quantile) const {
  const uint64_t total = count();
  if (total == 0) return 0;
  const auto wanted = std::clamp<uint64_t>(
      static_cast<uint64_t>(std::ceil(quantile * static_cast<double>(total))),
      1, total);
  if (wanted == total) return max();
  uint64_t seen = 0;
  for (size_t i = 0; i < kBuckets; ++i) {
    seen += counts_[i].get();
    if (seen >= wanted) return std::min(ValueOf(i), max());
  }
  return max();
}

LatencySummary LatencyHistogram::Summarize() const {
  const auto seconds = [](int64_t nanoseconds) {
    return static_cast<double>(nanoseconds) * 1e-9;
  };
  LatencySummary summary;
  summary.count = count();
  summary.p50 = seconds(Percentile(0.5));
  summary.p90 = seconds(Percentile(0.9));
  summary.p99 = seconds(Percentile(0.99));
  summary.p999 = seconds(Percentile(0.999));
  summary.p9999 = seconds(Percentile(0.9999));
  summary.max = seconds(max());
  return summary;
}

int64_t LatencyHistogram::ValueOf(size_t bucket) {
  constexpr size_t kExact = size_t{2} << kWidthBits;
  if (bucket < kExact) return static_cast<int64_t>(bucket);
  const size_t shift = (bucket >> kWidthBits) - 1;
  const size_t first = (bucket - (shift << kWidthBits)) << shift;
  return static_cast<int64_t>(first + (size_t{1} << shift) / 2);
}

}  // namespace heapd::heapload
