#ifndef HEAPD_HEAP_SNAPSHOT_SNAPSHOT_CAPTURE_H_
#define HEAPD_HEAP_SNAPSHOT_SNAPSHOT_CAPTURE_H_

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/types/span.h"
#include "heap/base/memory_budget.h"
#include "heap/gc/graph_capture.h"
#include "heap/gc/heap_parts.h"
#include "heap/gc/saved_slots.h"
#include "heap/object/type_table.h"
#include "heap/snapshot/captured_holds.h"
#include "heap/snapshot/graph_walk.h"
#include "heap/snapshot/node_numbering.h"
#include "heap/snapshot/snapshot_budget.h"
#include "heap/snapshot/snapshot_sink.h"
#include "heap/snapshot/snapshot_spill.h"
#include "heap/snapshot/snapshot_texts.h"

namespace heapd {

// The graph of a heap as it was at one instant, read while mutators go on:
//
//   Create(), Start()   the instant, and copies roots    mutators' thread
//   CaptureHolds()      copies holds, some at a time     mutators' thread
//   marking             finds what lived then            as ever
//   ReadInto()          walks the table                  reader's thread
//   done                the collection goes on; the heap may go
//
// From Start() until it is done, mutators save what they change (SavedSlots);
// what that takes is the snapshot's budget, and when it is used up the snapshot
// fails and the heap's calls do not notice.
//
// Beside what was reachable at the instant it shows what a client named until
// marking was over though nothing reached it then any more, or weakly only:
// such an object has no retainers.
//
// Thread-safe, as said at each call.
class SnapshotCapture final : public GraphCapture {
 public:
  // For Heap::StartSnapshot(), which starts a major collection with it next;
  // `account` is the heap's. RESOURCE_EXHAUSTED (SNAPSHOT_BUDGET), or
  // (HEAP_LIMIT) when there is no room for snapshot ids. REQUIRES: no major
  // collection runs. `parts` and `budget` outlive its being done.
  static absl::StatusOr<std::shared_ptr<SnapshotCapture>> Create(
      HeapParts* parts, MemoryAccount* account, MemoryBudget* budget,
      const SnapshotOptions& options);

  // ---- By mutators ----
  SavedSlots& saved_slots() override { return saved_; }
  void Start() override { holds_->Start(); }
  bool CaptureHolds(size_t count) override {
    return holds_->CaptureSome(count);
  }
  void OnMarked(std::function<void()> on_done) override
      ABSL_LOCKS_EXCLUDED(mu_);
  bool IsDone() const override { return done_.load(std::memory_order_acquire); }
  void GiveUpIfStuck() override ABSL_LOCKS_EXCLUDED(mu_);
  void Finish() override ABSL_LOCKS_EXCLUDED(mu_);
  void Abandon() override ABSL_LOCKS_EXCLUDED(mu_);
  absl::Span<const Index> session_holds() const override {
    return holds_->holds().holds;
  }
  // Before a change of an object's payload.
  void BeforeWrite(Index index) override;

  // ---- By the reader, one thread ----
  // Waits until marking is complete and reads everything into the spill. Errors
  // of the spill and of GiveUp(); RESOURCE_EXHAUSTED (SNAPSHOT_BUDGET);
  // CANCELLED when the heap has gone; UNAVAILABLE when the spill took so long
  // that the collection went on.
  absl::Status ReadInto(SnapshotSpill* spill) ABSL_LOCKS_EXCLUDED(mu_);
  // REQUIRES, as all below: ReadInto() said yes.
  const SnapshotOptions& options() const { return options_; }
  MemoryBudget* memory_budget() const { return memory_budget_; }
  const CapturedHolds& holds() const { return holds_->holds(); }
  const TypeTable::Copy& types() const { return types_; }
  const NodeNumbering& numbering() const ABSL_NO_THREAD_SAFETY_ANALYSIS {
    return *numbering_;
  }
  // Of objects.
  uint64_t edge_count() const ABSL_NO_THREAD_SAFETY_ANALYSIS {
    return walk_->edge_count();
  }

  // ---- By anyone ----
  // Of the objects there are, how many have been read; zeros until the first
  // is.
  struct ReadProgress {
    uint64_t read_count = 0;
    uint64_t object_count = 0;
  };
  ReadProgress read_progress() const ABSL_LOCKS_EXCLUDED(mu_);
  // Whether ReadInto() would not wait.
  bool IsMarked() const ABSL_LOCKS_EXCLUDED(mu_) {
    absl::MutexLock lock(&mu_);
    return state_ != State::kMarking;
  }
  // Ends it, with this error, unless it is done.
  void GiveUp(const absl::Status& why) ABSL_LOCKS_EXCLUDED(mu_);

 private:
  enum class State { kMarking, kReading, kRead, kFailed };

  SnapshotCapture(HeapParts* parts, MemoryBudget* budget,
                  const SnapshotOptions& options, uint64_t max_bytes);

  bool Prepare();
  // Adds some to unspilled_. REQUIRES: kReading.
  void ReadPiece() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  void End(State state, const absl::Status& status)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  // What is to be spilled next; empty at the end.
  absl::Status Next(std::string* bytes) ABSL_LOCKS_EXCLUDED(mu_);

  HeapParts* const parts_;
  MemoryBudget* const memory_budget_;
  const SnapshotOptions options_;
  SnapshotBudget budget_;
  SavedSlots saved_;
  SnapshotTexts texts_;
  std::optional<HoldsCapture> holds_;
  TypeTable::Copy types_;
  std::atomic<bool> done_{false};
  // Of the steady clock: when something was read last.
  std::atomic<int64_t> last_read_nanos_{0};

  // Held while a piece is read. Before those of saved_ and texts_ in the lock
  // order.
  mutable absl::Mutex mu_;
  State state_ ABSL_GUARDED_BY(mu_) = State::kMarking;
  absl::Status status_ ABSL_GUARDED_BY(mu_);
  std::function<void()> on_done_ ABSL_GUARDED_BY(mu_);
  std::optional<NodeNumbering> numbering_ ABSL_GUARDED_BY(mu_);
  std::optional<GraphWalk> walk_ ABSL_GUARDED_BY(mu_);
  std::string unspilled_ ABSL_GUARDED_BY(mu_);
};

}  // namespace heapd

#endif  // HEAPD_HEAP_SNAPSHOT_SNAPSHOT_CAPTURE_H_
