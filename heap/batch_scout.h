#ifndef HEAPD_HEAP_BATCH_SCOUT_H_
#define HEAPD_HEAP_BATCH_SCOUT_H_

#include <cstddef>
#include <cstdint>

#include "absl/types/span.h"
#include "heap/base/prefetch.h"
#include "heap/batch.h"
#include "heap/object/object_table.h"
#include "heap/object/ref.h"

namespace heapd {

// Walks a batch some operations ahead of the one that is applied, and
// prefetches what it will touch behind its object's table entry: a slot in a
// slot block, or the payload. The entries themselves have to be on their way
// already (BatchApplier prefetches them by column, further ahead).
//
// Pays where many operations name objects: BatchApplier leaves it out where few
// do.
//
// Believes nothing: operands are not checked yet. An address that it makes of
// nonsense is prefetched in vain, and where a column is used up it sees nothing
// more. Single-threaded; serves one batch.
class BatchScout {
 public:
  // REQUIRES: both outlive the scout.
  BatchScout(const ObjectTable* table, const BatchView& batch)
      : table_(*table), batch_(batch) {}

  // Looks at one more operation, if there is one.
  void Advance() {
    if (operation_ == batch_.kinds.size()) return;
    switch (static_cast<OperationKind>(batch_.kinds[operation_++])) {
      case OperationKind::kAllocate:
      case OperationKind::kAllocateUnheld:
        number_ += 2;  // slots and initial values
        return;
      case OperationKind::kLink:
      case OperationKind::kUnlink:
      case OperationKind::kReadSlot:
        PrefetchSlot();
        ++ref_;
        ++number_;
        return;
      case OperationKind::kWrite:
        PrefetchPayload();
        ++ref_;
        ++number_;
        return;
      case OperationKind::kAddSlots:
        ++ref_;
        ++number_;
        return;
      case OperationKind::kReadPayload:
      case OperationKind::kCopy:
        PrefetchPayload();
        ++ref_;
        return;
      case OperationKind::kHold:
      case OperationKind::kRelease:
      case OperationKind::kRoot:
      case OperationKind::kPopScope:
        ++ref_;
        return;
      case OperationKind::kUnspecified:
      case OperationKind::kAllocateString:
      case OperationKind::kUnroot:
      case OperationKind::kPushScope:
        return;
    }
  }

 private:
  // Null for what is no object of the table.
  const TableEntry* Entry() const {
    if (ref_ >= batch_.refs.size()) return nullptr;
    const uint64_t bits = batch_.refs[ref_];
    const Index index = Ref(bits).index();
    if ((bits & kLocalRefBit) != 0 || index >= table_.end()) return nullptr;
    return &table_.entry(index);
  }
  HEAPD_PREFETCHES void PrefetchSlot() const {
    const TableEntry* const entry = Entry();
    if (entry == nullptr || !entry->has_slot_block() ||
        number_ >= batch_.numbers.size()) {
      return;
    }
    const auto slots = reinterpret_cast<uintptr_t>(entry->slots());
    __builtin_prefetch(reinterpret_cast<const void*>(
        slots + size_t{batch_.numbers[number_]} * sizeof(Slot)));
  }
  HEAPD_PREFETCHES void PrefetchPayload() const {
    const TableEntry* const entry = Entry();
    if (entry != nullptr) __builtin_prefetch(entry->payload());
  }

  const ObjectTable& table_;
  const BatchView& batch_;
  size_t operation_ = 0;
  size_t ref_ = 0;  // of the columns, what the next operation takes
  size_t number_ = 0;
};

}  // namespace heapd

#endif  // HEAPD_HEAP_BATCH_SCOUT_H_
