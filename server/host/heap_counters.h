#ifndef HEAPD_SERVER_HOST_HEAP_COUNTERS_H_
#define HEAPD_SERVER_HOST_HEAP_COUNTERS_H_

#include <array>
#include <atomic>
#include <bit>
#include <cstddef>
#include <cstdint>

#include "absl/time/time.h"
#include "heap/gc/collection.h"

namespace heapd::server {

// What has happened on one heap since it was made, for those who look at it now
// and then and must not wait for its lane. The lane's holder writes, anybody
// reads; a figure is read by itself. Thread-safe, without locks.
class HeapCounters {
 public:
  struct Figures {
    uint64_t major_count = 0;
    // Used after the last major collection, in bytes; 0 before the first.
    uint64_t live_bytes = 0;
    // As of the last major collection, see Collection.
    double current_mutator_utilization = 1;
    absl::Duration pause_duration;  // of all collections, in all
    // Calls that were set aside because there was no memory, and calls that
    // were refused for that (HEAP_LIMIT, BUDGET).
    uint64_t memory_wait_count = 0;
    uint64_t memory_refusal_count = 0;
  };

  // How many pauses there were by length: bucket 0 up to a microsecond, and
  // then four for each doubling.
  static constexpr size_t kPauseBuckets = 112;
  using PauseCounts = std::array<uint64_t, kPauseBuckets>;

  // The longest pause that the bucket counts, but for the last one, which
  // counts all over 128 s as well.
  static absl::Duration LongestOf(size_t bucket) {
    if (bucket == 0) return absl::Microseconds(1);
    const uint64_t quarter = (bucket - 1) % 4;
    return absl::Microseconds(
        static_cast<double>((uint64_t{5} + quarter) << ((bucket - 1) / 4)) / 4);
  }

  void Collected(const Collection& collection) {
    pause_nanos_.fetch_add(absl::ToInt64Nanoseconds(collection.pause_duration),
                           std::memory_order_relaxed);
    pauses_[BucketOf(collection.longest_pause_duration)].fetch_add(
        1, std::memory_order_relaxed);
    if (collection.kind != CollectionKind::kMajor) return;
    live_bytes_.store(collection.used_bytes_after, std::memory_order_relaxed);
    current_utilization_.store(collection.current_mutator_utilization,
                               std::memory_order_relaxed);
    // Release: who sees the number sees what belongs to it, or later figures.
    major_count_.fetch_add(1, std::memory_order_release);
  }
  void WaitsForMemory() { Count(memory_waits_); }
  void RefusedForMemory() { Count(memory_refusals_); }

  Figures Read() const {
    Figures figures;
    // Acquire: pairs with Collected().
    figures.major_count = major_count_.load(std::memory_order_acquire);
    figures.live_bytes = live_bytes_.load(std::memory_order_relaxed);
    figures.current_mutator_utilization =
        current_utilization_.load(std::memory_order_relaxed);
    figures.pause_duration =
        absl::Nanoseconds(pause_nanos_.load(std::memory_order_relaxed));
    figures.memory_wait_count = memory_waits_.load(std::memory_order_relaxed);
    figures.memory_refusal_count =
        memory_refusals_.load(std::memory_order_relaxed);
    return figures;
  }
  // Of the longest pause of each collection.
  PauseCounts ReadPauses() const {
    PauseCounts counts;
    for (size_t i = 0; i < kPauseBuckets; ++i) {
      counts[i] = pauses_[i].load(std::memory_order_relaxed);
    }
    return counts;
  }

  // For LongestOf() and tests: the bucket of a pause.
  static size_t BucketOf(absl::Duration pause) {
    const int64_t nanos = absl::ToInt64Nanoseconds(pause);
    if (nanos <= 1000) return 0;
    // Microseconds times four, rounded up, less one: its leading one says which
    // doubling, and the two bits behind that which quarter.
    const uint64_t quarters = (static_cast<uint64_t>(nanos) - 1) * 4 / 1000;
    const int doubling = std::bit_width(quarters) - 3;
    const size_t bucket = 1 + static_cast<size_t>(doubling) * 4 +
                          static_cast<size_t>(quarters >> doubling) - 4;
    return bucket < kPauseBuckets ? bucket : kPauseBuckets - 1;
  }

 private:
  using Counter = std::atomic<uint64_t>;

  // Relaxed, as all but the number of major collections: figures on their own.
  static void Count(Counter& counter) {
    counter.fetch_add(1, std::memory_order_relaxed);
  }

  Counter major_count_{0};
  Counter live_bytes_{0};
  std::atomic<double> current_utilization_{1};
  std::atomic<int64_t> pause_nanos_{0};
  Counter memory_waits_{0};
  Counter memory_refusals_{0};
  std::array<Counter, kPauseBuckets> pauses_ = {};
};

}  // namespace heapd::server

#endif  // HEAPD_SERVER_HOST_HEAP_COUNTERS_H_
