#ifndef HEAPD_HEAP_GC_MAJOR_CYCLE_H_
#define HEAPD_HEAP_GC_MAJOR_CYCLE_H_

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>

#include "absl/time/time.h"
#include "heap/base/task_runner.h"
#include "heap/gc/compactor.h"
#include "heap/gc/graph_capture.h"
#include "heap/gc/heap_parts.h"
#include "heap/gc/hold_scanner.h"
#include "heap/gc/live_census.h"
#include "heap/gc/major_progress.h"
#include "heap/gc/marker.h"
#include "heap/gc/page_sweeper.h"
#include "heap/gc/table_sweeper.h"

namespace heapd {

// One major collection beside running mutators:
//
//   Start --> marking --> weak --> strings --> pages, large --> compaction -->
//   pause    concurrent   pause    slices       concurrent        slices
//
//   --> table --> done
//     concurrent
//
// What lives at the start is marked (a snapshot at the beginning, see
// marking_barrier.h); what is born since lives. Pages are swept before any
// index is freed, because blocks are told dead by the mark of their owner.
// Until an object's chunk of the table is swept, HeapParts::IsDead() tells that
// it is gone.
//
// With a GraphCapture the collection waits after the weak phase until that has
// read the graph.
//
// One instance serves one collection. The mutators' thread calls everything.
class MajorCycle {
 public:
  struct Options {
    Compaction compaction = Compaction::kUsual;
    // Whether to compare the marks with what CheckMarks() finds.
    bool check_marks = false;
    // Null: nobody reads the graph.
    std::shared_ptr<GraphCapture> capture = nullptr;
  };
  // See Marker for `runner` and `on_idle`. REQUIRES: `parts` outlives the
  // cycle; nothing is young.
  MajorCycle(HeapParts* parts, TaskRunner runner, std::function<void()> on_idle,
             const Options& options);
  // Ends a capture that is not done.
  ~MajorCycle();
  MajorCycle(const MajorCycle&) = delete;
  MajorCycle& operator=(const MajorCycle&) = delete;

  // Whether a step would do nothing: threads of the runner are at work. Cheap
  // enough to be asked after each batch.
  bool MustWait(const MajorSlice& slice) const;
  // Does a slice of what is next. Mutators may run between steps.
  MajorProgress Step(const MajorSlice& slice);
  // Does all that is left of marking, without the runner. REQUIRES:
  // is_marking().
  void FinishMarking();
  // Does all that is left. REQUIRES: !is_marking().
  void Finish();

  bool is_marking() const { return phase_ == Phase::kMark; }
  bool is_captured() const { return phase_ == Phase::kCapture; }
  absl::Duration clear_weak_duration() const { return clear_weak_duration_; }

  struct Counts {
    uint64_t cleared_weak_slots = 0;
    uint64_t purged_strings = 0;
    uint64_t released_pages = 0;  // and large blocks
  };
  const Counts& counts() const { return counts_; }
  const Compactor::Counts& moved() const { return compactor_.counts(); }
  absl::Duration compact_duration() const { return compact_duration_; }

 private:
  enum class Phase {
    kMark,
    kCapture,
    kPurgeStrings,
    kSweepPages,
    kSweepLarge,
    kCompact,
    kSweepTable,
    kDone,
  };

  // More unmarked objects that were shaded than this are work for the marking
  // task again, and so are more than the second figure to look through.
  static constexpr size_t kFewShaded = 1024;
  static constexpr size_t kManyShaded = 16384;

  MajorProgress Mark(const MajorSlice& slice);
  bool HasHoldsLeft() const;
  // Goes on with about so many of them.
  void ReachHolds(size_t count);
  bool HasManyShaded();
  void PurgeStrings(size_t count);
  void ClearWeak();
  MajorProgress AwaitCapture();
  void EndCapture();
  void SweepPages(size_t count);
  void SweepLarge(size_t count);
  void Compact(size_t count);
  void EndPages();
  void EndCompaction();
  void SweepTable(size_t count);
  void EndSweep();

  HeapParts* const parts_;
  const TaskRunner runner_;
  const std::function<void()> on_idle_;
  const bool check_marks_;
  std::shared_ptr<GraphCapture> capture_;  // until it is done
  Compactor compactor_;
  std::optional<Marker> marker_;
  bool are_holds_captured_ = false;
  std::optional<HoldScanner> holds_;  // until all are scanned
  size_t string_part_ = 0;            // of the intern table, to be purged next
  std::optional<LiveCensus> census_;
  std::optional<PageSweeper> page_sweeper_;
  std::optional<TableSweeper> table_sweeper_;
  Phase phase_ = Phase::kMark;
  absl::Duration clear_weak_duration_;
  absl::Duration compact_duration_;
  std::chrono::steady_clock::time_point compact_start_;
  Counts counts_;
};

}  // namespace heapd

#endif  // HEAPD_HEAP_GC_MAJOR_CYCLE_H_
