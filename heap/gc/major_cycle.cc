#include "heap/gc/major_cycle.h"

#include <chrono>
#include <utility>

#include "heap/base/check.h"
#include "heap/gc/mark_checker.h"
#include "heap/gc/weak_clearer.h"

namespace heapd {

MajorCycle::MajorCycle(HeapParts* parts, TaskRunner runner,
                       std::function<void()> on_idle, bool check_marks)
    : parts_(parts),
      runner_(std::move(runner)),
      on_idle_(std::move(on_idle)),
      check_marks_(check_marks) {
  parts->table.CloseChunks();
  marker_.emplace(parts, runner_, on_idle_);
  parts->barrier.Start();
  marker_->ReachHolds();
  marker_->task().Resume();
}

MajorProgress MajorCycle::Step(const MajorSlice& slice) {
  switch (phase_) {
    case Phase::kMark:
      return Mark(slice.objects);
    case Phase::kSweepPages:
      SweepPages(slice.pages);
      break;
    case Phase::kSweepTable:
      return SweepTable(slice.chunks);
    case Phase::kDone:
      break;
  }
  return phase_ == Phase::kDone ? MajorProgress::kDone : MajorProgress::kAgain;
}

void MajorCycle::FinishMarking() {
  marker_->task().Pause();
  parts_->barrier.Flush();
  while (!marker_->Mark(SIZE_MAX)) continue;
  ClearWeak();
}

void MajorCycle::Finish() {
  while (phase_ == Phase::kSweepPages) SweepPages(SIZE_MAX);
  if (phase_ == Phase::kSweepTable) {
    table_sweeper_->Finish();
    EndSweep();
  }
}

// ---- Mark ----

MajorProgress MajorCycle::Mark(size_t budget) {
  BesideTask& task = marker_->task();
  if (task.IsRunning()) return MajorProgress::kWait;
  const size_t shaded = parts_->barrier.Flush();
  if ((task.has_runner() && shaded > kFewShaded) || !marker_->Mark(budget)) {
    task.Resume();
    return task.has_runner() ? MajorProgress::kWait : MajorProgress::kAgain;
  }
  ClearWeak();
  return MajorProgress::kAgain;
}

// ---- Clear weak ----

void MajorCycle::ClearWeak() {
  const auto start = std::chrono::steady_clock::now();
  HeapParts& parts = *parts_;
  if (check_marks_) {
    const absl::Status found = CheckMarks(parts);
    if (!found.ok()) {
      internal::CheckFailed(__FILE__, __LINE__, found.ToString().c_str());
    }
  }
  parts.barrier.Stop();
  parts.sweeping = true;
  counts_.cleared_weak_slots = ClearWeakSlots(&parts, marker_->weak_objects());
  marker_.reset();
  counts_.purged_strings = parts.strings.Purge(
      [&parts](Index string) { return !parts.IsDead(string); });
  // A scavenge would read the slots of sources that are gone.
  parts.remembered.KeepIf(
      [&parts](RememberedSet::Place place) {
        return !parts.IsDead(place.source);
      },
      [](Index) { return true; });
  parts.left_blocks.FreeAll(&parts.spaces);
  parts.spaces.BeginSweep();
  phase_ = Phase::kSweepPages;
  clear_weak_duration_ =
      absl::FromChrono(std::chrono::steady_clock::now() - start);
}

// ---- Sweep ----

void MajorCycle::SweepPages(size_t count) {
  HeapParts& parts = *parts_;
  const auto is_live = [&parts](Index owner) { return !parts.IsDead(owner); };
  Spaces& spaces = parts.spaces;
  if (!spaces.old_space().IsSwept()) {
    counts_.released_pages += spaces.old_space().Sweep(count, is_live);
  } else if (!spaces.slot_space().IsSwept()) {
    counts_.released_pages += spaces.slot_space().Sweep(count, is_live);
  } else if (!spaces.large_object_space().IsSwept()) {
    counts_.released_pages += spaces.large_object_space().Sweep(count, is_live);
  } else {
    table_sweeper_.emplace(&parts, runner_, on_idle_);
    phase_ = Phase::kSweepTable;
  }
}

MajorProgress MajorCycle::SweepTable(size_t count) {
  const size_t opened = table_sweeper_->Open(count);
  if (table_sweeper_->IsDone()) {
    EndSweep();
    return MajorProgress::kDone;
  }
  // In this order: a task that ends in between says so, or is seen to.
  return opened == 0 && table_sweeper_->IsTaskRunning() ? MajorProgress::kWait
                                                        : MajorProgress::kAgain;
}

void MajorCycle::EndSweep() {
  table_sweeper_.reset();
  parts_->sweeping = false;
  phase_ = Phase::kDone;
}

}  // namespace heapd
