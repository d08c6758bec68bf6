#ifndef HEAPD_SERVER_HOST_HEAP_METER_H_
#define HEAPD_SERVER_HOST_HEAP_METER_H_

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

#include "absl/time/time.h"
#include "heap/gc/collection.h"
#include "server/base/histogram.h"

namespace heapd::server {

inline constexpr size_t kCollectionKindCount = 2;
inline constexpr size_t kCollectionReasonCount = 6;

// Counts, for metrics, what collections have done on one heap since it was
// made, beside what HeapCounters has for all who watch it. Written with the
// heap's lane, read by anybody. Thread-safe, without locks.
class HeapMeter {
 public:
  struct KindFigures {
    std::array<uint64_t, kCollectionReasonCount> count_by_reason = {};
    absl::Duration pause_duration;    // of all pauses
    HistogramFigures longest_pauses;  // one of each collection
    HistogramFigures durations;       // from beginning to end
    uint64_t reclaimed_bytes = 0;     // used before, less used after
  };
  struct Figures {
    std::array<KindFigures, kCollectionKindCount> kinds;
    uint64_t survived_bytes = 0;
    uint64_t promoted_bytes = 0;
    uint64_t moved_bytes = 0;
    uint64_t ended_lease_count = 0;
    // As of the last major collection, see Collection.
    double average_mutator_utilization = 1;
  };

  void Collected(const Collection& collection) {
    Kind& kind = kinds_[static_cast<size_t>(collection.kind)];
    Add(kind.by_reason[static_cast<size_t>(collection.reason)], 1);
    Add(kind.pause_nanos, static_cast<uint64_t>(absl::ToInt64Nanoseconds(
                              collection.pause_duration)));
    kind.longest_pauses.Observe(collection.longest_pause_duration);
    kind.durations.Observe(DurationOf(collection));
    // Calls allocate while a major collection runs.
    if (collection.used_bytes_before > collection.used_bytes_after) {
      Add(kind.reclaimed_bytes,
          collection.used_bytes_before - collection.used_bytes_after);
    }
    Add(survived_bytes_, collection.survived_bytes);
    Add(promoted_bytes_, collection.promoted_bytes);
    Add(moved_bytes_, collection.moved_bytes);
    if (collection.kind != CollectionKind::kMajor) return;
    average_utilization_.store(collection.average_mutator_utilization,
                               std::memory_order_relaxed);
  }
  // Leases that ran out, and whose sessions were closed for it.
  void LeasesEnded(uint64_t count) { Add(ended_leases_, count); }

  Figures Read() const {
    Figures figures;
    for (size_t i = 0; i < kCollectionKindCount; ++i) {
      const Kind& kind = kinds_[i];
      KindFigures& read = figures.kinds[i];
      for (size_t reason = 0; reason < kCollectionReasonCount; ++reason) {
        read.count_by_reason[reason] = Get(kind.by_reason[reason]);
      }
      read.pause_duration =
          absl::Nanoseconds(static_cast<int64_t>(Get(kind.pause_nanos)));
      read.longest_pauses = kind.longest_pauses.Read();
      read.durations = kind.durations.Read();
      read.reclaimed_bytes = Get(kind.reclaimed_bytes);
    }
    figures.survived_bytes = Get(survived_bytes_);
    figures.promoted_bytes = Get(promoted_bytes_);
    figures.moved_bytes = Get(moved_bytes_);
    figures.ended_lease_count = Get(ended_leases_);
    figures.average_mutator_utilization =
        average_utilization_.load(std::memory_order_relaxed);
    return figures;
  }

 private:
  using Counter = std::atomic<uint64_t>;

  struct Kind {
    std::array<Counter, kCollectionReasonCount> by_reason = {};
    Counter pause_nanos{0};
    Histogram<kPauseBounds> longest_pauses;
    Histogram<kCollectionBounds> durations;
    Counter reclaimed_bytes{0};
  };

  // Its phases follow each other; compaction is part of sweeping.
  static absl::Duration DurationOf(const Collection& collection) {
    return collection.scavenge_duration + collection.mark_duration +
           collection.clear_weak_duration + collection.sweep_duration;
  }
  // Relaxed: each figure is on its own.
  static void Add(Counter& counter, uint64_t amount) {
    counter.fetch_add(amount, std::memory_order_relaxed);
  }
  static uint64_t Get(const Counter& counter) {
    return counter.load(std::memory_order_relaxed);
  }

  std::array<Kind, kCollectionKindCount> kinds_;
  Counter survived_bytes_{0};
  Counter promoted_bytes_{0};
  Counter moved_bytes_{0};
  Counter ended_leases_{0};
  std::atomic<double> average_utilization_{1};
};

}  // namespace heapd::server

#endif  // HEAPD_SERVER_HOST_HEAP_METER_H_
