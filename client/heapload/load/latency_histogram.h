#ifndef HEAPD_CLIENT_HEAPLOAD_LOAD_LATENCY_HISTOGRAM_H_
#define HEAPD_CLIENT_HEAPLOAD_LOAD_LATENCY_HISTOGRAM_H_

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>

#include "client/heapload/load/counter.h"
#include "client/heapload/run_report.h"

namespace heapd::heapload {

// How often each latency was seen, to within 0.8 %. Debian 12 has HdrHistogram
// for C and Java only as part of other programs and not as a library, so this
// is a small one of our own, laid out as that one:
//
//   nanoseconds  0 ... 127   128 ... 255  256 ... 511  512 ...
//   bucket width     1            2            4          8   ...
//
// From 1 ns to 73 minutes; what is longer counts as 73 minutes, but the maximum
// is exact whatever it is. Takes 18 KiB and never allocates.
//
// One thread records; others may read or merge meanwhile and then see part of
// what was recorded, and all of it once they synchronised with that thread.
class LatencyHistogram {
 public:
  LatencyHistogram() = default;
  LatencyHistogram(const LatencyHistogram&) = delete;
  LatencyHistogram& operator=(const LatencyHistogram&) = delete;

  // A negative latency counts as 0.
  void Record(int64_t nanoseconds) {
    const uint64_t value =
        nanoseconds > 0 ? static_cast<uint64_t>(nanoseconds) : 0;
    counts_[BucketOf(value)].Add(1);
    count_.Add(1);
    max_.RaiseTo(value);
  }

  // Adds everything in `other`, which another thread may be recording to.
  void Merge(const LatencyHistogram& other);

  uint64_t count() const { return count_.get(); }
  // Exact; 0 if nothing was recorded.
  int64_t max() const { return static_cast<int64_t>(max_.get()); }
  // The latency that a part of `quantile` (0 to 1) of all is not above, in
  // nanoseconds, at most 0.8 % off. 0 if nothing was recorded.
  int64_t Percentile(double quantile) const;

  LatencySummary Summarize() const;

 private:
  static constexpr int kWidthBits = 6;  // 64 buckets for each power of two
  static constexpr int kMaxBits = 42;
  static constexpr size_t kBuckets =
      ((kMaxBits - kWidthBits) + 1) * (size_t{1} << kWidthBits);

  static size_t BucketOf(uint64_t value) {
    constexpr uint64_t kLargest = (uint64_t{1} << kMaxBits) - 1;
    if (value > kLargest) value = kLargest;
    const int width = static_cast<int>(std::bit_width(value));
    if (width <= kWidthBits + 1) return static_cast<size_t>(value);
    const int shift = width - kWidthBits - 1;
    return (static_cast<size_t>(shift) << kWidthBits) +
           static_cast<size_t>(value >> shift);
  }
  // The middle of the bucket.
  static int64_t ValueOf(size_t bucket);

  std::array<Counter, kBuckets> counts_ = {};
  Counter count_;
  Counter max_;
};

}  // namespace heapd::heapload

#endif  // HEAPD_CLIENT_HEAPLOAD_LOAD_LATENCY_HISTOGRAM_H_
