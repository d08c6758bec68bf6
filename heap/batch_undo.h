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
// right after its step; RollBack() undoes them in reverse, so each finds the
// heap as it was just after its step. Neither can fail.
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

  void Allocated(Index index) { Add({Kind::kAllocated, index, 0, 0}); }
  void Interned(Index index) { Add({Kind::kInterned, index, 0, 0}); }
  void HeldNew(Session* session) {
    session_ = session;
    Add({Kind::kHeldNew, 0, 0, 0});
  }
  void Released(Session* session, Index index, size_t position) {
    session_ = session;
    Add({Kind::kReleased, index, 0, position});
  }
  void Stored(Index index, uint32_t slot, Slot former) {
    Add({Kind::kStored, index, slot, former.word()});
  }
  // `entry` and `slot_count` are from before.
  void Grew(Index index, const TableEntry& entry, uint32_t slot_count,
            Block* replaced);
  void Wrote(Index index, uint32_t offset, absl::string_view former);
  void Rooted(absl::string_view name, Index former);
  void Unrooted(absl::string_view name, Index former);
  void PushedScope(Session* session) {
    session_ = session;
    Add({Kind::kPushedScope, 0, 0, 0});
  }
  void PoppedScope(Session* session, std::vector<Index> dropped);

  // The batch failed.
  void RollBack();
  // The batch succeeded.
  void Commit();

 private:
  enum class Kind : uint8_t {
    kAllocated,
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
    Kind kind;
    Index index;
    uint32_t number;
    uint64_t detail;  // depends on the kind; may be a position in a list below
  };
  struct Growth {
    TableEntry entry;
    uint32_t slot_count;
    Block* replaced;
  };

  void Add(Record record) { records_.push_back(record); }
  void Undo(const Record& record);
  void UndoGrowth(Index index, const Growth& growth);

  HeapCore* const core_;
  const bool had_garbage_;
  const HeapCore::Taken taken_before_;
  Session* session_ = nullptr;  // a batch works on one session at most
  std::vector<Record> records_;
  std::vector<Growth> growths_;
  std::vector<std::string> texts_;  // former payload bytes, names
  std::vector<std::vector<Index>> dropped_;
};

}  // namespace heapd

#endif  // HEAPD_HEAP_BATCH_UNDO_H_
