#ifndef HEAPD_HEAP_BATCH_APPLIER_H_
#define HEAPD_HEAP_BATCH_APPLIER_H_

#include <cstddef>
#include <cstdint>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "heap/base/limits.h"
#include "heap/base/prefetch.h"
#include "heap/batch.h"
#include "heap/batch_operands.h"
#include "heap/batch_scout.h"
#include "heap/batch_scratch.h"
#include "heap/batch_undo.h"
#include "heap/heap_core.h"

namespace heapd {

// Applies one batch in order. When an operation fails, everything before it is
// taken back in reverse, so the heap is as it was. Since a batch names its
// objects in advance, what the operations to come will touch is prefetched
// while the current one is applied: first table entries, later what they lead
// to.
//
// Operations answer with bool, and error_ has the error: see BatchOperands.
// batch_applier.cc has what works on objects, batch_applier_holds.cc what works
// on sessions and roots, batch_applier_row.cc allocations in a row.
//
// One instance serves one batch. Single-threaded.
class BatchApplier {
 public:
  // REQUIRES: all outlive the applier.
  BatchApplier(HeapCore* core, SessionId session, const BatchView& batch,
               BatchResultSink* result)
      : core_(core),
        session_id_(session),
        batch_(batch),
        operands_(batch),
        scout_(&core->parts.table, batch),
        scratch_(batch),
        result_(result),
        undo_(core) {}

  // Call once.
  absl::Status Apply();

 private:
  // Operands that prefetching looks ahead for table entries, and operations
  // that the scout is ahead for what they lead to.
  static constexpr size_t kLookAhead = 16;
  static constexpr size_t kScoutAhead = 8;
  static constexpr uint64_t kMaxResultPayloadBytes = kMaxPayloadBytes;

  HEAPD_PREFETCHES void Prefetch(uint64_t ref_bits) const {
    core_->parts.PrefetchResolve(Ref(ref_bits));
  }
  HEAPD_PREFETCHES void PrefetchValue(uint64_t value_bits) const {
    Prefetch(Value(value_bits).ref().bits());
  }

  HEAPD_PREFETCHES void PrefetchFirst() const;
  void StartScout();

  absl::Status FindTag();
  absl::Status ApplyAll();
  bool ApplyOne(OperationKind kind);

  // Applies held allocations in a row, as many as are plain (see
  // batch_applier_row.cc), beginning with the next operation.
  void AllocateRow();
  bool IsRowDue();
  // What a row made, and took of the columns.
  struct RowTaken {
    size_t objects;
    size_t values;
    size_t payload_bytes;
    uint64_t self_bytes;  // of the objects
  };
  // What the passes over a piece of a row hand on: so little that it stays in
  // the first cache.
  struct RowPiece {
    static constexpr size_t kMaxObjects = 128;
    uint64_t slots[kMaxObjects];
    Block* blocks[kMaxObjects];
  };
  RowTaken FillRow(const BatchOperands::Allocations& row, Index* holds,
                   uint64_t* refs);
  size_t FillPiece(size_t operation, const BatchOperands::Allocations& row,
                   size_t wanted, uint64_t* refs, NewSpace::Row* blocks,
                   ObjectTable::Row* entries, RowTaken* taken);
  size_t CountPlain(const BatchOperands::Allocations& row, size_t wanted,
                    size_t room_bytes) const;
  size_t FillSlots(size_t operation, const BatchOperands::Allocations& row,
                   size_t wanted, RowPiece* piece, RowTaken* taken);
  void FillBlocks(const BatchOperands::Allocations& row, size_t count,
                  const Index* made, NewSpace::Row* blocks, RowPiece* piece,
                  RowTaken* taken);
  bool ToPlainSlot(size_t operation, const Index* made,
                   absl::Span<const uint64_t> values, size_t at, Slot* slot);
  Index NameInRow(absl::Span<const uint64_t> values, size_t at);

  bool Allocate(bool held);
  bool AllocateString();
  bool Copy();
  bool Write();
  bool Link();
  bool Unlink();
  bool AddSlots();
  bool Hold();
  bool Release();
  bool Root();
  bool Unroot();
  bool PushScope();
  bool PopScope();
  bool ReadSlot();
  bool ReadPayload();

  // False, always.
  bool Fail(absl::Status error) {
    error_ = std::move(error);
    return false;
  }
  bool FailOperand() { return Fail(operands_.error()); }
  bool FailForMemory() { return Fail(core_->account.Exhausted()); }

  // Operands that name objects: the index that they stand for.
  bool NextObject(Index* index);
  bool NextSlotValue(Slot* slot);
  // Initial values of a new object.
  bool SetSlots(Index index, uint32_t count);
  // Takes the operands of an object that is not made.
  bool AllocateScratch(uint32_t value_count);
  // The object that an earlier operation of the batch made, or kScratch.
  bool Local(uint64_t operation, Index* index) {
    *index = operation < operation_ ? made_[operation] : 0;
    return *index != 0 || FailLocal(operation);
  }
  bool FailLocal(uint64_t operation);
  bool CheckSlot(Index index, uint32_t slot);

  bool RequireSession() { return session_ != nullptr || FindSession(); }
  bool FindSession();
  bool HoldIfNew(Index index);
  void Made(Index index) {
    made_[operation_] = index;
    made_refs_.push_back(core_->parts.table.RefOf(index).bits());
  }

  HeapCore* const core_;
  const SessionId session_id_;
  const BatchView& batch_;
  BatchOperands operands_;
  BatchScout scout_;
  BatchScratch scratch_;
  BatchResultSink* const result_;
  BatchUndo undo_;
  Session* session_ = nullptr;
  TagId tag_ = 0;
  absl::Status error_;

  // Stands for an object that is not made. Only initial values of others that
  // are not can name it.
  static constexpr Index kScratch = ~Index{0};

  size_t operation_ = 0;
  size_t row_end_ = 0;        // of the allocations in a row that were seen last
  size_t row_pause_end_ = 0;  // operations before are applied one by one
  uint64_t scratch_count_ = 0;
  uint64_t result_payload_bytes_ = 0;
  std::vector<Index> made_;          // by operation; 0 for those that make none
  std::vector<uint64_t> made_refs_;  // in the order of the operations
};

}  // namespace heapd

#endif  // HEAPD_HEAP_BATCH_APPLIER_H_
