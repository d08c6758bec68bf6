#ifndef HEAPD_HEAP_BATCH_UNDO_H_
#define HEAPD_HEAP_BATCH_UNDO_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "heap/heap_core.h"

namespace heapd {

// What a batch has done so far, and how to take it back. Each record is made
// right after its step, or counts steps that are alike; RollBack() undoes them
// in reverse, so each finds the heap as it was just after its step. Neither can
// fail.
//
// A slot block that growing replaced is kept until the batch is known to
// succeed. Single-threaded; serves one batch.
class BatchUndo {
 public:
  // REQUIRES: `core` outlives this.
  explicit BatchUndo(HeapCore* core)
      : core_(core),
        had_garbage_(core->may_have_garbage),
        taken_before_(core->TakenNow()) {}
  BatchUndo(const BatchUndo&) = delete;
  BatchUndo& operator=(const BatchUndo&) = delete;

  // Makes room for so many steps at once.
  void Reserve(size_t steps) { records_.reserve(steps); }

  void Allocated(Index index) { Add({index, Kind::kAllocated, 0}); }
  // And the newest holds are on them: what batches do most, so a record counts
  // all in a row. Which they were is what the session holds.
  void AllocatedHeld(Session* session, size_t count = 1) {
    session_ = session;
    if (records_.empty() || records_.back().kind != Kind::kAllocatedHeld) {
      Add({0, Kind::kAllocatedHeld, 0});
    }
    records_.back().detail += count;
  }
  void Interned(Index index) { Add({index, Kind::kInterned, 0}); }
  void HeldNew(Session* session) {
    session_ = session;
    Add({0, Kind::kHeldNew, 0});
  }
  void Released(Session* session, Index index, size_t position) {
    session_ = session;
    Add({index, Kind::kReleased, position});
  }
  void Stored(Index index, uint32_t slot, Slot former) {
    Add({index, Kind::kStored, uint64_t{slot} << 32 | former.word()});
  }
  // `entry` and `slot_count` are from before.
  void Grew(Index index, const TableEntry& entry, uint32_t slot_count,
            Block* replaced);
  void Wrote(Index index, uint32_t offset, absl::string_view former);
  void Rooted(absl::string_view name, Index former);
  void Unrooted(absl::string_view name, Index former);
  void PushedScope(Session* session) {
    session_ = session;
    Add({0, Kind::kPushedScope, 0});
  }
  void PoppedScope(Session* session, std::vector<Index> dropped);

  // The batch failed.
  void RollBack();
  // The batch succeeded.
  void Commit();

 private:
  enum class Kind : uint8_t {
    kAllocated,
    kAllocatedHeld,
    kInterned,
    kHeldNew,
    kReleased,
    kStored,
    kGrew,
    kWrote,
    kRooted,
    kUnrooted,
    kPushedScope,
    kPoppedScope,
  };
  struct Record {
    Index index;
    Kind kind;
    uint64_t detail;  // depends on the kind; may be a position in a list below
  };
  static_assert(sizeof(Record) == 16, "a batch writes one for each step");
  struct Growth {
    TableEntry entry;
    uint32_t slot_count;
    Block* replaced;
  };
  struct Overwrite {
    uint32_t offset;
    std::string former;
  };

  void Add(Record record) { records_.push_back(record); }
  void Undo(const Record& record);
  void UndoRoot(const std::string& name, Index former);
  void UndoGrowth(Index index, const Growth& growth);

  HeapCore* const core_;
  const bool had_garbage_;
  const HeapCore::Taken taken_before_;
  Session* session_ = nullptr;  // a batch works on one session at most
  std::vector<Record> records_;
  std::vector<Growth> growths_;
  std::vector<Overwrite> overwrites_;
  std::vector<std::string> names_;
  std::vector<std::vector<Index>> dropped_;
};

}  // namespace heapd

#endif  // HEAPD_HEAP_BATCH_UNDO_H_
