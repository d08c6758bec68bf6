#ifndef HEAPD_SERVER_HOST_HEAP_COUNTERS_H_
#define HEAPD_SERVER_HOST_HEAP_COUNTERS_H_

#include <atomic>
#include <cstdint>

#include "absl/time/time.h"
#include "heap/gc/collection.h"
#include "server/base/histogram.h"

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

  void Collected(const Collection& collection) {
    pause_nanos_.fetch_add(absl::ToInt64Nanoseconds(collection.pause_duration),
                           std::memory_order_relaxed);
    longest_pauses_.Observe(collection.longest_pause_duration);
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
  HistogramFigures ReadPauses() const { return longest_pauses_.Read(); }

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
  Histogram<kFinePauseBounds> longest_pauses_;
};

}  // namespace heapd::server

#endif  // HEAPD_SERVER_HOST_HEAP_COUNTERS_H_
