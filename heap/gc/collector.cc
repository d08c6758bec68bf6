#include "heap/gc/collector.h"

#include <chrono>

#include "absl/time/clock.h"
#include "heap/gc/marker.h"
#include "heap/gc/sweeper.h"
#include "heap/gc/weak_clearer.h"

namespace heapd {
namespace {

// Time since construction or the last call, by a clock that nobody sets.
class Lap {
 public:
  absl::Duration Next() {
    const auto now = std::chrono::steady_clock::now();
    const absl::Duration lap = absl::FromChrono(now - last_);
    last_ = now;
    return lap;
  }

 private:
  std::chrono::steady_clock::time_point last_ =
      std::chrono::steady_clock::now();
};

}  // namespace

Collection Collector::Collect(CollectionReason reason) {
  Collection collection;
  collection.sequence = ++sequence_;
  collection.reason = reason;
  collection.start_time = absl::Now();
  collection.object_count_before = parts_->table.live_count();
  collection.used_bytes_before = parts_->used_bytes();
  collection.committed_bytes_before = account_->committed_bytes();

  Lap lap;
  {
    Marker marker(parts_);
    marker.Mark();
    collection.mark_duration = lap.Next();
    collection.cleared_weak_slot_count =
        ClearWeakSlots(parts_, marker.weak_objects());
  }
  const MarkBitmap& marks = parts_->marks;
  collection.purged_string_count = parts_->strings.Purge(
      [&marks](Index string) { return marks.IsMarked(string); });
  collection.clear_weak_duration = lap.Next();
  collection.released_page_count = SweepHeap(parts_);
  collection.sweep_duration = lap.Next();

  collection.object_count_after = parts_->table.live_count();
  collection.used_bytes_after = parts_->used_bytes();
  collection.committed_bytes_after = account_->committed_bytes();
  collection.pause_duration = collection.mark_duration +
                              collection.clear_weak_duration +
                              collection.sweep_duration;
  schedule_.OnCollection(collection.used_bytes_after);
  history_.push_back(collection);
  if (history_.size() > kHistory) history_.pop_front();
  return collection;
}

}  // namespace heapd
