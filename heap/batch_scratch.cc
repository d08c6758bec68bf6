#include "heap/batch_scratch.h"

#include <algorithm>

#include "heap/object/value.h"

namespace heapd {

void BatchScratch::Find() {
  const auto unheld = static_cast<int32_t>(OperationKind::kAllocateUnheld);
  const auto& kinds = batch_.kinds;
  if (std::find(kinds.begin(), kinds.end(), unheld) == kinds.end()) return;
  needed_.assign(kinds.size(), 1);
  allocations_.reserve(kinds.size());
  if (!LookAhead()) needed_.clear();
}

bool BatchScratch::LookAhead() {
  for (size_t i = 0; i < batch_.kinds.size(); ++i) {
    if (!Look(static_cast<OperationKind>(batch_.kinds[i]), i)) return false;
  }
  for (size_t i = allocations_.size(); i-- > 0;) {
    const Allocation& allocation = allocations_[i];
    if (needed_[allocation.operation] == 0) continue;
    for (uint32_t v = 0; v < allocation.value_count; ++v) {
      NeedIfLocal(batch_.values[allocation.first_value + v]);
    }
  }
  return true;
}

bool BatchScratch::Look(OperationKind kind, size_t operation) {
  switch (kind) {
    case OperationKind::kAllocate:
      return LookAtAllocation(operation, /*held=*/true);
    case OperationKind::kAllocateUnheld:
      return LookAtAllocation(operation, /*held=*/false);
    case OperationKind::kLink:
      if (value_ >= batch_.values.size()) return false;
      NeedIfLocal(batch_.values[value_++]);
      return TakeRef() && SkipNumber();
    case OperationKind::kWrite:
    case OperationKind::kUnlink:
    case OperationKind::kAddSlots:
    case OperationKind::kReadSlot:
      return TakeRef() && SkipNumber();
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
  if (!held) needed_[operation] = 0;
  number_ += 2;  // slots and initial values
  if (number_ > batch_.numbers.size()) return false;
  const uint32_t value_count = batch_.numbers[number_ - 1];
  if (value_count == 0) return true;
  if (value_count > batch_.values.size() - value_) return false;
  allocations_.push_back({static_cast<uint32_t>(operation),
                          static_cast<uint32_t>(value_), value_count});
  value_ += value_count;
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
