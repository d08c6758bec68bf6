#include "heap/gc/collector.h"

#include <algorithm>
#include <chrono>
#include <iterator>

#include "absl/time/clock.h"
#include "heap/gc/marker.h"
#include "heap/gc/new_space_sizing.h"
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

Collection Collector::CollectMajor(CollectionReason reason) {
  Collection collection = Begin(CollectionKind::kMajor, reason);
  Scavenge(Scavenger::Promotion::kAll, &collection);
  Lap lap;
  {
    Marker marker(parts_);
    marker.Mark();
    collection.mark_duration = lap.Next();
    collection.cleared_weak_slot_count +=
        ClearWeakSlots(parts_, marker.weak_objects());
  }
  const MarkBitmap& marks = parts_->marks;
  collection.purged_string_count += parts_->strings.Purge(
      [&marks](Index string) { return marks.IsMarked(string); });
  collection.clear_weak_duration = lap.Next();
  collection.released_page_count = SweepHeap(parts_);
  collection.sweep_duration = lap.Next();
  if (parts_->spaces.new_space().capacity_bytes() > 0) {
    NewSpaceSizing::Prepare(parts_);
  }
  End(&collection);
  schedule_.OnCollection(collection.used_bytes_after);
  return collection;
}

Collection Collector::CollectMinor(CollectionReason reason) {
  Collection collection = Begin(CollectionKind::kMinor, reason);
  Scavenge(Scavenger::Promotion::kSecondSurvival, &collection);
  if (!NewSpaceSizing::Prepare(parts_)) {
    Scavenge(Scavenger::Promotion::kAll, &collection);
    NewSpaceSizing::Prepare(parts_);
  }
  End(&collection);
  return collection;
}

std::vector<Collection> Collector::history() const {
  std::vector<Collection> all;
  std::merge(minor_.begin(), minor_.end(), major_.begin(), major_.end(),
             std::back_inserter(all),
             [](const Collection& a, const Collection& b) {
               return a.sequence < b.sequence;
             });
  return all;
}

Collection Collector::Begin(CollectionKind kind, CollectionReason reason) {
  Collection collection;
  collection.sequence = ++sequence_;
  collection.kind = kind;
  collection.reason = reason;
  collection.start_time = absl::Now();
  collection.object_count_before = parts_->table.live_count();
  collection.used_bytes_before = parts_->used_bytes();
  collection.committed_bytes_before = account_->committed_bytes();
  return collection;
}

void Collector::End(Collection* collection) {
  collection->object_count_after = parts_->table.live_count();
  collection->used_bytes_after = parts_->used_bytes();
  collection->committed_bytes_after = account_->committed_bytes();
  collection->pause_duration =
      collection->scavenge_duration + collection->mark_duration +
      collection->clear_weak_duration + collection->sweep_duration;
  collection->heap_age =
      absl::FromChrono(std::chrono::steady_clock::now() - created_);
  utilization_.AddPause(collection->kind, collection->heap_age,
                        collection->pause_duration);
  collection->average_mutator_utilization = utilization_.average();
  collection->current_mutator_utilization = utilization_.current();
  std::deque<Collection>& kept =
      collection->kind == CollectionKind::kMajor ? major_ : minor_;
  kept.push_back(*collection);
  if (kept.size() > kHistory) kept.pop_front();
}

void Collector::Scavenge(Scavenger::Promotion promotion,
                         Collection* collection) {
  Lap lap;
  Scavenger scavenger(parts_, promotion);
  scavenger.Run();
  const ScavengeCounts& counts = scavenger.counts();
  collection->survived_object_count = counts.survived_count;
  collection->survived_bytes = counts.survived_bytes;
  collection->promoted_object_count += counts.promoted_count;
  collection->promoted_bytes += counts.promoted_bytes;
  collection->cleared_weak_slot_count += counts.cleared_weak_slot_count;
  collection->purged_string_count += counts.purged_string_count;
  collection->scavenge_duration += lap.Next();
}

}  // namespace heapd
