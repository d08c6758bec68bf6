#include "heap/batch_scratch.h"

#include <algorithm>

#include "heap/object/value.h"

namespace heapd {

BatchScratch::BatchScratch(const BatchView& batch) : batch_(batch) {
  const auto unheld = static_cast<int32_t>(OperationKind::kAllocateUnheld);
  const auto& kinds = batch.kinds;
  if (std::find(kinds.begin(), kinds.end(), unheld) == kinds.end()) return;
  needed_.resize(kinds.size());
  if (!LookAhead()) needed_.clear();
}

bool BatchScratch::LookAhead() {
  for (size_t i = 0; i < batch_.kinds.size(); ++i) {
    if (!Look(static_cast<OperationKind>(batch_.kinds[i]), i)) return false;
  }
  for (size_t i = allocations_.size(); i-- > 0;) {
    const Allocation& allocation = allocations_[i];
    if (allocation.held) Need(allocation.operation);
    if (!needed_[allocation.operation]) continue;
    for (size_t v = 0; v < allocation.value_count; ++v) {
      NeedIfLocal(batch_.values[allocation.first_value + v]);
    }
  }
  // Only what is in allocations_ can be scratch.
  size_t next = 0;
  for (const Allocation& allocation : allocations_) {
    std::fill(needed_.begin() + next, needed_.begin() + allocation.operation,
              true);
    next = allocation.operation + 1;
  }
  std::fill(needed_.begin() + next, needed_.end(), true);
  return true;
}

bool BatchScratch::Look(OperationKind kind, size_t operation) {
  uint32_t number = 0;
  switch (kind) {
    case OperationKind::kAllocate:
      return LookAtAllocation(operation, /*held=*/true);
    case OperationKind::kAllocateUnheld:
      return LookAtAllocation(operation, /*held=*/false);
    case OperationKind::kLink:
      if (value_ >= batch_.values.size()) return false;
      NeedIfLocal(batch_.values[value_++]);
      return TakeRef() && TakeNumber(&number);
    case OperationKind::kWrite:
    case OperationKind::kUnlink:
    case OperationKind::kAddSlots:
    case OperationKind::kReadSlot:
      return TakeRef() && TakeNumber(&number);
    case OperationKind::kCopy:
    case OperationKind::kHold:
    case OperationKind::kRelease:
    case OperationKind::kRoot:
    case OperationKind::kPopScope:
    case OperationKind::kReadPayload:
      return TakeRef();
    case OperationKind::kUnspecified:
    case OperationKind::kAllocateString:
    case OperationKind::kUnroot:
    case OperationKind::kPushScope:
      return true;
  }
  return false;
}

bool BatchScratch::LookAtAllocation(size_t operation, bool held) {
  uint32_t slot_count = 0;
  uint32_t value_count = 0;
  if (!TakeNumber(&slot_count) || !TakeNumber(&value_count)) return false;
  if (value_count > batch_.values.size() - value_) return false;
  allocations_.push_back({operation, value_, value_count, held});
  value_ += value_count;
  return true;
}

bool BatchScratch::TakeRef() {
  if (ref_ >= batch_.refs.size()) return false;
  const uint64_t bits = batch_.refs[ref_++];
  if ((bits & kLocalRefBit) != 0) Need(bits & ~kLocalRefBit);
  return true;
}

bool BatchScratch::TakeNumber(uint32_t* number) {
  if (number_ >= batch_.numbers.size()) return false;
  *number = batch_.numbers[number_++];
  return true;
}

void BatchScratch::NeedIfLocal(uint64_t value_bits) {
  const Value value(value_bits);
  const Value::Kind kind = value.kind();
  if (kind == Value::Kind::kLocalStrong || kind == Value::Kind::kLocalWeak) {
    Need(value.local_operation());
  }
}

}  // namespace heapd
