#include "heap/gc/major_cycle.h"

#include <chrono>
#include <utility>

#include "heap/base/check.h"
#include "heap/gc/mark_checker.h"
#include "heap/gc/weak_clearer.h"

namespace heapd {

MajorCycle::MajorCycle(HeapParts* parts, TaskRunner runner,
                       std::function<void()> on_idle, bool check_marks)
    : parts_(parts), has_runner_(runner != nullptr), check_marks_(check_marks) {
  parts->table.CloseChunks();
  marker_.emplace(parts, std::move(runner), std::move(on_idle));
  parts->barrier.Start();
  marker_->ReachHolds();
  marker_->Resume();
}

MajorProgress MajorCycle::Step(const MajorSlice& slice) {
  switch (phase_) {
    case Phase::kMark:
      return Mark(slice.objects);
    case Phase::kSweepPages:
      SweepPages(slice.pages);
      break;
    case Phase::kSweepTable:
      SweepTable(slice.chunks);
      break;
    case Phase::kDone:
      break;
  }
  return phase_ == Phase::kDone ? MajorProgress::kDone : MajorProgress::kAgain;
}

void MajorCycle::FinishMarking() {
  marker_->Pause();
  parts_->barrier.Flush();
  while (!marker_->Mark(SIZE_MAX)) continue;
  ClearWeak();
}

void MajorCycle::Finish() {
  while (phase_ == Phase::kSweepPages) SweepPages(SIZE_MAX);
  while (phase_ == Phase::kSweepTable) SweepTable(SIZE_MAX);
}

// ---- Mark ----

MajorProgress MajorCycle::Mark(size_t budget) {
  if (marker_->IsTaskRunning()) return MajorProgress::kWait;
  const size_t shaded = parts_->barrier.Flush();
  if ((has_runner_ && shaded > kFewShaded) || !marker_->Mark(budget)) {
    marker_->Resume();
    return has_runner_ ? MajorProgress::kWait : MajorProgress::kAgain;
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
    phase_ = Phase::kSweepTable;
  }
}

void MajorCycle::SweepTable(size_t count) {
  const uint32_t chunks = parts_->table.chunk_count();
  for (; count > 0 && next_chunk_ < chunks; ++next_chunk_) {
    // One that is open was empty when the collection began.
    if (!parts_->table.IsChunkClosed(next_chunk_)) continue;
    SweepChunk(next_chunk_);
    --count;
  }
  if (next_chunk_ < chunks) return;
  parts_->sweeping = false;
  phase_ = Phase::kDone;
}

void MajorCycle::SweepChunk(uint32_t chunk) {
  HeapParts& parts = *parts_;
  const Index first = chunk * ObjectTable::kChunkEntries;
  uint32_t marked = parts.marks.CountMarked(first, ObjectTable::kChunkEntries);
  if (chunk == 0) --marked;  // null
  // Else nothing died here, and the free list is as it was.
  if (marked != parts.table.chunk_live_count(chunk)) {
    parts.table.SweepChunk(chunk, [&parts](Index index) {
      if (parts.marks.IsMarked(index)) return false;
      parts.snapshot_ids.Forget(index);
      return true;
    });
  }
  parts.table.OpenChunk(chunk);
}

}  // namespace heapd
