#include "heap/gc/major_cycle.h"

#include <chrono>
#include <utility>

#include "heap/base/check.h"
#include "heap/gc/mark_checker.h"
#include "heap/gc/weak_clearer.h"

namespace heapd {

MajorCycle::MajorCycle(HeapParts* parts, TaskRunner runner,
                       std::function<void()> on_idle, const Options& options)
    : parts_(parts),
      runner_(std::move(runner)),
      on_idle_(std::move(on_idle)),
      check_marks_(options.check_marks),
      capture_(options.capture),
      compactor_(parts, options.compaction) {
  parts->table.CloseChunks();
  marker_.emplace(parts, runner_, on_idle_);
  parts->barrier.Start();
  marker_->ReachRoots();
  if (capture_ == nullptr) {
    holds_.emplace(&parts->sessions, &parts->barrier);
  } else {
    capture_->Start();
    parts->capture = capture_.get();
    parts->saved_slots = &capture_->saved_slots();
  }
  marker_->task().Resume();
}

MajorCycle::~MajorCycle() {
  if (capture_ == nullptr) return;
  // Blocks that were left stay: a marker may read them still, and the heap
  // goes.
  capture_->Abandon();
  parts_->capture = nullptr;
  parts_->saved_slots = nullptr;
  parts_->sessions.set_observer(nullptr);
}

bool MajorCycle::MustWait(const MajorSlice& slice) const {
  switch (phase_) {
    case Phase::kMark:
      return !HasHoldsLeft() && marker_->task().IsRunning();
    case Phase::kSweepPages:
      return page_sweeper_->MustWait(slice.pages);
    case Phase::kSweepTable:
      return table_sweeper_->MustWait(slice.chunks);
    default:
      return false;
  }
}

MajorProgress MajorCycle::Step(const MajorSlice& slice) {
  if (MustWait(slice)) return MajorProgress::kWait;
  switch (phase_) {
    case Phase::kMark:
      return Mark(slice);
    case Phase::kCapture:
      return AwaitCapture();
    case Phase::kPurgeStrings:
      PurgeStrings(slice.string_parts);
      break;
    case Phase::kSweepPages:
      SweepPages(slice.pages);
      break;
    case Phase::kSweepLarge:
      SweepLarge(slice.pages);
      break;
    case Phase::kCompact:
      Compact(slice.moved_pages);
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
  marker_->task().Pause();
  while (HasHoldsLeft()) ReachHolds(SIZE_MAX);
  parts_->barrier.Flush();
  while (!marker_->Mark(SIZE_MAX)) continue;
  ClearWeak();
}

void MajorCycle::Finish() {
  if (phase_ == Phase::kCapture) {
    capture_->Finish();
    EndCapture();
  }
  if (phase_ == Phase::kPurgeStrings) PurgeStrings(SIZE_MAX);
  if (phase_ == Phase::kSweepPages) {
    page_sweeper_->Finish();
    EndPages();
  }
  if (phase_ == Phase::kSweepLarge) SweepLarge(SIZE_MAX);
  if (phase_ == Phase::kCompact) Compact(SIZE_MAX);
  if (phase_ == Phase::kSweepTable) {
    table_sweeper_->Finish();
    EndSweep();
  }
}

// ---- Mark ----

MajorProgress MajorCycle::Mark(const MajorSlice& slice) {
  BesideTask& task = marker_->task();
  if (HasHoldsLeft()) {
    ReachHolds(slice.holds);
    parts_->barrier.Flush();
    task.Resume();
    return MajorProgress::kAgain;
  }
  const bool has_more = HasManyShaded();
  // Again, for what was shaded since: nothing is while this step lasts.
  if (!has_more &&
      (marker_->Mark(slice.objects) || marker_->Mark(slice.objects))) {
    ClearWeak();
    return MajorProgress::kAgain;
  }
  task.Resume();
  return task.has_runner() ? MajorProgress::kWait : MajorProgress::kAgain;
}

bool MajorCycle::HasHoldsLeft() const {
  return holds_.has_value() || (capture_ != nullptr && !are_holds_captured_);
}

void MajorCycle::ReachHolds(size_t count) {
  if (holds_.has_value()) {
    if (holds_->Scan(count)) holds_.reset();
  } else if (capture_->CaptureHolds(count)) {
    are_holds_captured_ = true;
    holds_.emplace(capture_->session_holds(), &parts_->barrier);
  }
}

// Whether it is worth a turn of the task. Mutators shade all the time, so what
// is marked already must not count: marking would never end.
bool MajorCycle::HasManyShaded() {
  size_t shaded = parts_->barrier.Flush();
  if (!marker_->task().has_runner()) return false;
  if (shaded > kManyShaded) return true;
  if (shaded > 0) shaded = parts_->barrier.DropMarked();
  return shaded > kFewShaded;
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
  // A scavenge would read the slots of sources that are gone.
  parts.remembered.KeepIf(
      [&parts](RememberedSet::Place place, size_t /*position*/) {
        return !parts.IsDead(place.source);
      },
      [](Index) { return true; });
  if (capture_ != nullptr) {
    phase_ = Phase::kCapture;
    capture_->OnMarked(on_idle_);
  } else {
    parts.left_blocks.FreeAll(&parts.spaces);
    phase_ = Phase::kPurgeStrings;
  }
  clear_weak_duration_ =
      absl::FromChrono(std::chrono::steady_clock::now() - start);
}

// ---- Capture ----

MajorProgress MajorCycle::AwaitCapture() {
  capture_->GiveUpIfStuck();
  if (!capture_->IsDone()) return MajorProgress::kWait;
  EndCapture();
  return MajorProgress::kAgain;
}

void MajorCycle::EndCapture() {
  parts_->capture = nullptr;
  parts_->saved_slots = nullptr;
  capture_.reset();
  parts_->left_blocks.FreeAll(&parts_->spaces);
  phase_ = Phase::kPurgeStrings;
}

// ---- Strings ----

// Before pages are swept: a string is found by its content.
void MajorCycle::PurgeStrings(size_t count) {
  HeapParts& parts = *parts_;
  for (; count > 0 && string_part_ < StringTable::kParts; --count) {
    counts_.purged_strings += parts.strings.PurgePart(
        string_part_++,
        [&parts](Index string) { return !parts.IsDead(string); });
  }
  if (string_part_ < StringTable::kParts) return;
  parts.spaces.BeginSweep();
  census_.emplace(parts.types.size());
  page_sweeper_.emplace(parts_, &compactor_, &*census_, runner_, on_idle_);
  phase_ = Phase::kSweepPages;
}

// ---- Sweep ----

void MajorCycle::SweepPages(size_t count) {
  page_sweeper_->TakeIn(count);
  if (page_sweeper_->IsDone()) EndPages();
}

void MajorCycle::EndPages() {
  counts_.released_pages += page_sweeper_->released_count();
  page_sweeper_.reset();
  phase_ = Phase::kSweepLarge;
}

void MajorCycle::SweepLarge(size_t count) {
  const auto is_live = [this](const Block& block) {
    if (parts_->IsDead(block.owner())) return false;
    // Blocks of slots are there too.
    if (parts_->table.entry(block.owner()).payload() == &block) {
      census_->Count(block.type(), Spaces::BlockBytes(&block));
    }
    return true;
  };
  LargeObjectSpace& large = parts_->spaces.large_object_space();
  counts_.released_pages += large.Sweep(count, is_live);
  if (!large.IsSwept()) return;
  parts_->live_types = census_->Take();
  compact_start_ = std::chrono::steady_clock::now();
  compactor_.Choose();
  phase_ = Phase::kCompact;
}

// ---- Compact ----

void MajorCycle::Compact(size_t count) {
  for (; count > 0; --count) {
    if (compactor_.Step()) continue;
    EndCompaction();
    return;
  }
}

void MajorCycle::EndCompaction() {
  counts_.released_pages += compactor_.counts().evacuated_pages;
  compact_duration_ =
      absl::FromChrono(std::chrono::steady_clock::now() - compact_start_);
  table_sweeper_.emplace(parts_, runner_, on_idle_);
  phase_ = Phase::kSweepTable;
}

// ---- Sweep the table ----

void MajorCycle::SweepTable(size_t count) {
  table_sweeper_->Open(count);
  if (table_sweeper_->IsDone()) EndSweep();
}

void MajorCycle::EndSweep() {
  table_sweeper_.reset();
  parts_->sweeping = false;
  phase_ = Phase::kDone;
}

}  // namespace heapd
