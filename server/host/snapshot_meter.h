#ifndef HEAPD_SERVER_HOST_SNAPSHOT_METER_H_
#define HEAPD_SERVER_HOST_SNAPSHOT_METER_H_

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

#include "absl/status/status.h"
#include "server/base/histogram.h"
#include "server/storage/snapshot_record.h"

namespace heapd::server {

enum class SnapshotOutcome : uint8_t { kReady, kFailed, kCancelled };
inline constexpr size_t kSnapshotOutcomeCount = 3;
inline constexpr size_t kSnapshotTriggerCount = 5;

// Counts, for metrics, how snapshots have ended since the start of the daemon.
// Thread-safe, without locks.
class SnapshotMeter {
 public:
  struct Figures {
    std::array<std::array<uint64_t, kSnapshotOutcomeCount>,
               kSnapshotTriggerCount>
        count = {};
    HistogramFigures durations;  // of those that are READY
    HistogramFigures pauses;     // how long these stopped their heaps
    uint64_t written_bytes = 0;  // of their files, as they are stored
  };

  void Ended(const SnapshotRecord& snapshot, const absl::Status& end) {
    const SnapshotOutcome outcome = OutcomeOf(snapshot, end);
    counts_[static_cast<size_t>(snapshot.trigger)][static_cast<size_t>(outcome)]
        .fetch_add(1, std::memory_order_relaxed);
    if (outcome != SnapshotOutcome::kReady) return;
    durations_.Observe(snapshot.duration);
    pauses_.Observe(snapshot.pause_duration);
    written_bytes_.fetch_add(snapshot.size_bytes, std::memory_order_relaxed);
  }

  Figures Read() const {
    Figures figures;
    for (size_t trigger = 0; trigger < kSnapshotTriggerCount; ++trigger) {
      for (size_t outcome = 0; outcome < kSnapshotOutcomeCount; ++outcome) {
        figures.count[trigger][outcome] =
            counts_[trigger][outcome].load(std::memory_order_relaxed);
      }
    }
    figures.durations = durations_.Read();
    figures.pauses = pauses_.Read();
    figures.written_bytes = written_bytes_.load(std::memory_order_relaxed);
    return figures;
  }

 private:
  static SnapshotOutcome OutcomeOf(const SnapshotRecord& snapshot,
                                   const absl::Status& end) {
    if (end.ok()) return SnapshotOutcome::kReady;
    return snapshot.state == SnapshotState::kCancelled
               ? SnapshotOutcome::kCancelled
               : SnapshotOutcome::kFailed;
  }

  std::array<std::array<std::atomic<uint64_t>, kSnapshotOutcomeCount>,
             kSnapshotTriggerCount>
      counts_ = {};
  Histogram<kSnapshotBounds> durations_;
  Histogram<kPauseBounds> pauses_;
  std::atomic<uint64_t> written_bytes_{0};
};

}  // namespace heapd::server

#endif  // HEAPD_SERVER_HOST_SNAPSHOT_METER_H_
