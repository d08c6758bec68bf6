#ifndef HEAPD_HEAP_BATCH_APPLIER_H_
#define HEAPD_HEAP_BATCH_APPLIER_H_

#include <cstddef>
#include <cstdint>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "heap/base/limits.h"
#include "heap/batch.h"
#include "heap/batch_undo.h"
#include "heap/heap_core.h"

namespace heapd {

// Applies one batch in order. When an operation fails, everything before it is
// taken back in reverse, so the heap is as it was. Since a batch names its
// objects in advance, the table entries of the operations to come are
// prefetched while the current one is applied.
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
        result_(result),
        undo_(core) {}

  // Call once.
  absl::Status Apply();

 private:
  // Operands that prefetching looks ahead.
  static constexpr size_t kLookAhead = 12;
  static constexpr uint64_t kMaxResultPayloadBytes = kMaxPayloadBytes;

  absl::Status ApplyAll();
  absl::Status ApplyOne(OperationKind kind);
  absl::Status CheckUsedUp() const;
  absl::Status RequireSession();

  absl::Status Allocate(bool held);
  absl::Status AllocateString();
  absl::Status Copy();
  absl::Status Write();
  absl::Status Link();
  absl::Status Unlink();
  absl::Status AddSlots();
  absl::Status Hold();
  absl::Status Release();
  absl::Status Root();
  absl::Status Unroot();
  absl::Status PushScope();
  absl::Status PopScope();
  absl::Status ReadSlot();
  absl::Status ReadPayload();

  // The next operand of a column; an error when the column is used up.
  template <typename T>
  absl::Status Next(absl::Span<const T> column, const char* name,
                    size_t* cursor, T* operand);
  absl::Status NextRef(Index* index);
  absl::Status NextNumber(uint32_t* number);
  absl::Status NextName(absl::string_view* name);
  absl::Status NextPayload(absl::string_view* payload);
  absl::Status NextSlotValue(Slot* slot);
  // The object that an earlier operation of the batch made.
  absl::Status Local(uint64_t operation, Index* index) const;

  absl::Status HoldIfNew(Index index);
  void Made(Index index);

  HeapCore* const core_;
  const SessionId session_id_;
  const BatchView& batch_;
  BatchResultSink* const result_;
  BatchUndo undo_;
  Session* session_ = nullptr;

  size_t operation_ = 0;
  size_t ref_ = 0;
  size_t type_ = 0;
  size_t number_ = 0;
  size_t value_ = 0;
  size_t size_ = 0;
  size_t payload_ = 0;
  size_t name_ = 0;
  uint64_t result_payload_bytes_ = 0;
  std::vector<Index> made_;          // by operation; 0 for those that make none
  std::vector<uint64_t> made_refs_;  // in the order of the operations
};

}  // namespace heapd

#endif  // HEAPD_HEAP_BATCH_APPLIER_H_
