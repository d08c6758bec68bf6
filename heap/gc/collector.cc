#include "heap/gc/collector.h"

#include <algorithm>
#include <chrono>
#include <iterator>

#include "absl/time/clock.h"
#include "heap/gc/new_space_sizing.h"

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

Collection Collector::CollectMajor(CollectionReason reason,
                                   Compaction compaction) {
  // Not worth a thread that has to be waited for.
  StartMajor(reason, compaction, nullptr, nullptr);
  return FinishMajor();
}

void Collector::StartMajor(CollectionReason reason, Compaction compaction,
                           std::shared_ptr<GraphCapture> capture) {
  StartMajor(reason, compaction, std::move(capture), runner_);
}

void Collector::StartMajor(CollectionReason reason, Compaction compaction,
                           std::shared_ptr<GraphCapture> capture,
                           const TaskRunner& runner) {
  Lap lap;
  running_ = Begin(CollectionKind::kMajor, reason);
  Scavenge(Scavenger::Promotion::kAll, &running_);
  PrepareNewSpace();
  phase_start_ = HeapAge();
  marking_used_bytes_ = parts_->used_bytes();
  MajorCycle::Options options;
  options.compaction =
      stress_.compact_always ? Compaction::kAlways : compaction;
  options.check_marks = stress_.verify_heap;
  options.capture = std::move(capture);
  cycle_.emplace(parts_, runner, on_idle_, options);
  AddMajorPause(lap.Next());
}

MajorProgress Collector::StepMajor(const MajorSlice& slice) {
  // Before the clock is read, which costs more.
  if (cycle_->MustWait(slice)) return MajorProgress::kWait;
  Lap lap;
  const bool was_marking = cycle_->is_marking();
  const bool was_captured = cycle_->is_captured();
  const MajorProgress progress = cycle_->Step(slice);
  if (progress == MajorProgress::kWait) return progress;
  if (was_marking && !cycle_->is_marking()) EndMarking();
  // Waiting for a reader is no part of sweeping.
  if (was_captured) phase_start_ = HeapAge();
  AddMajorPause(lap.Next());
  if (progress == MajorProgress::kDone) EndMajor();
  return progress;
}

void Collector::FinishMarking() {
  if (!cycle_->is_marking()) return;
  Lap lap;
  cycle_->FinishMarking();
  EndMarking();
  AddMajorPause(lap.Next());
}

Collection Collector::FinishMajor() {
  Lap lap;
  if (cycle_->is_marking()) {
    cycle_->FinishMarking();
    EndMarking();
  }
  cycle_->Finish();
  AddMajorPause(lap.Next());
  EndMajor();
  return major_.back();
}

void Collector::AddMajorPause(absl::Duration pause) {
  running_.pause_duration += pause;
  running_.longest_pause_duration =
      std::max(running_.longest_pause_duration, pause);
  utilization_.AddPause(HeapAge(), pause);
}

void Collector::EndMarking() {
  const absl::Duration now = HeapAge();
  const uint64_t used_bytes = parts_->used_bytes();
  marking_growth_bytes_ =
      used_bytes - std::min(used_bytes, marking_used_bytes_);
  running_.clear_weak_duration = cycle_->clear_weak_duration();
  running_.mark_duration = now - phase_start_ - running_.clear_weak_duration;
  phase_start_ = now;
}

void Collector::EndMajor() {
  running_.sweep_duration = HeapAge() - phase_start_;
  running_.cleared_weak_slot_count += cycle_->counts().cleared_weak_slots;
  running_.purged_string_count += cycle_->counts().purged_strings;
  running_.released_page_count = cycle_->counts().released_pages;
  running_.compact_duration = cycle_->compact_duration();
  running_.moved_object_count = cycle_->moved().moved_objects;
  running_.moved_bytes = cycle_->moved().moved_bytes;
  running_.evacuated_page_count = cycle_->moved().evacuated_pages;
  cycle_.reset();
  PrepareNewSpace();
  utilization_.EndMajor(HeapAge(), running_.pause_duration);
  End(&running_);
  schedule_.OnCollection(running_.used_bytes_after);
  // Not if it was one pause.
  if (running_.pause_duration < running_.mark_duration) {
    schedule_.OnGrowth(GrowthOfRunning());
  }
}

// A heap that is hardly used has no new space yet.
void Collector::PrepareNewSpace() {
  if (parts_->spaces.new_space().capacity_bytes() > 0) {
    NewSpaceSizing::Prepare(parts_);
  }
}

uint64_t Collector::GrowthOfRunning() const {
  const double mark = absl::ToDoubleSeconds(running_.mark_duration);
  const double sweep = absl::ToDoubleSeconds(running_.sweep_duration);
  const double scale = mark > 0 ? (mark + sweep) / mark : 1;
  return static_cast<uint64_t>(static_cast<double>(marking_growth_bytes_) *
                               std::min(scale, 4.0));
}

Collection Collector::CollectMinor(CollectionReason reason) {
  Collection collection = Begin(CollectionKind::kMinor, reason);
  Scavenge(Scavenger::Promotion::kSecondSurvival, &collection);
  if (!NewSpaceSizing::Prepare(parts_)) {
    Scavenge(Scavenger::Promotion::kAll, &collection);
    NewSpaceSizing::Prepare(parts_);
  }
  collection.pause_duration = collection.scavenge_duration;
  collection.longest_pause_duration = collection.pause_duration;
  utilization_.AddPause(HeapAge(), collection.pause_duration);
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
  collection->sequence = ++sequence_;
  collection->heap_age = HeapAge();
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
  const uint64_t filled_bytes = parts_->spaces.new_space().filled_bytes();
  Scavenger scavenger(parts_, promotion);
  scavenger.Run();
  const ScavengeCounts& counts = scavenger.counts();
  parts_->scavenge_pacing.OnScavenge(
      filled_bytes,
      ScavengePacing::WorkOf(counts.survived_count + counts.promoted_count,
                             counts.survived_bytes + counts.promoted_bytes,
                             counts.freed_count));
  collection->survived_object_count = counts.survived_count;
  collection->survived_bytes = counts.survived_bytes;
  collection->promoted_object_count += counts.promoted_count;
  collection->promoted_bytes += counts.promoted_bytes;
  collection->cleared_weak_slot_count += counts.cleared_weak_slot_count;
  collection->purged_string_count += counts.purged_string_count;
  collection->scavenge_duration += lap.Next();
}

}  // namespace heapd
