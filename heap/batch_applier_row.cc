// Held allocations in a row: what batches do most.
//
// One by one, most of what an allocation costs is asking for room, memory,
// holds and limits, and writing back where each of them stands. Here all that
// is asked once for a row and kept in registers; what an object takes is first
// looked at and only then taken. The first operation that is not plain, be it
// wrong or short of memory, ends the row untouched: Allocate() deals with it.

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "heap/batch_applier.h"

namespace heapd {
namespace {

// Fewer are not worth what a row costs to begin.
constexpr size_t kMinRow = 8;
// More are taken in pieces: each row makes room for all of it, and a batch
// whose rows end early would make room over and over.
constexpr size_t kMaxRow = 1024;
// After a row that ended at once, so many operations go without one.
constexpr size_t kRowPause = 16;
constexpr size_t kMaxPlainPayloadBytes = 1024;

}  // namespace

bool BatchApplier::IsRowDue() {
  if (operation_ < row_pause_end_) return false;
  if (operation_ >= row_end_) {
    const auto allocate = static_cast<int32_t>(OperationKind::kAllocate);
    row_end_ = static_cast<size_t>(
        std::find_if(batch_.kinds.begin() + static_cast<ptrdiff_t>(operation_),
                     batch_.kinds.end(),
                     [](int32_t kind) { return kind != allocate; }) -
        batch_.kinds.begin());
  }
  return row_end_ - operation_ >= kMinRow && RequireSession();
}

// What is not of this batch, where one value names such, others will. Apart
// from the loop, which has no registers left for it.
[[gnu::noinline]] Index BatchApplier::NameInRow(
    absl::Span<const uint64_t> values, size_t at) {
  if (at + kLookAhead < values.size()) PrefetchValue(values[at + kLookAhead]);
  return core_->NameObject(Value(values[at]).ref());
}

// The value at `at`, of an object that operation number `operation` makes;
// false when it is not plain.
[[gnu::always_inline]] inline bool BatchApplier::ToPlainSlot(
    size_t operation, absl::Span<const uint64_t> values, size_t at,
    Slot* slot) {
  const Value value(values[at]);
  switch (value.kind()) {
    case Value::Kind::kNull:
      *slot = Slot();
      return true;
    case Value::Kind::kSmallInteger:
      *slot = Slot::SmallInteger(value.small_integer());
      return true;
    case Value::Kind::kLocalStrong: {
      const uint32_t other = value.local_operation();
      const Index index = other < operation ? made_[other] : 0;
      *slot = Slot::Strong(index);
      return index != 0;
    }
    case Value::Kind::kStrong: {
      const Index index = NameInRow(values, at);
      *slot = Slot::Strong(index);
      return index != 0;
    }
    case Value::Kind::kWeak:
    case Value::Kind::kLocalWeak:
    case Value::Kind::kMalformed:
      break;
  }
  return false;
}

// The first slots, packed as a table entry has them; false when one is not
// plain.
[[gnu::always_inline]] inline bool BatchApplier::ToPlainSlots(
    size_t operation, absl::Span<const uint64_t> values, size_t at,
    uint32_t count, uint64_t* packed) {
  Slot slots[TableEntry::kInlineSlots];
  for (uint32_t i = 0; i < count; ++i) {
    if (!ToPlainSlot(operation, values, at + i, &slots[i])) return false;
  }
  *packed = TableEntry::PackSlots(slots[0], slots[1]);
  return true;
}

void BatchApplier::AllocateRow() {
  const BatchOperands::Allocations row =
      operands_.NextAllocations(std::min(row_end_ - operation_, kMaxRow));
  Index* const holds = session_->BeginHoldNewRow(row.count);
  if (holds == nullptr) return;
  const size_t first_ref = made_refs_.size();
  made_refs_.resize(first_ref + row.count);
  const RowTaken taken = FillRow(row, holds, made_refs_.data() + first_ref);
  made_refs_.resize(first_ref + taken.objects);
  session_->EndHoldNewRow(row.count, taken.objects);
  operands_.TakeAllocations(taken.objects, taken.values, taken.payload_bytes);
  operation_ += taken.objects;
  if (taken.objects > 0) undo_.AllocatedHeld(session_, taken.objects);
  core_->allocated_object_count += taken.objects;
  core_->allocated_bytes += taken.self_bytes;
  if (taken.objects < kMinRow) row_pause_end_ = operation_ + kRowPause;
}

BatchApplier::RowTaken BatchApplier::FillRow(
    const BatchOperands::Allocations& row, Index* holds, uint64_t* refs) {
  TypeTable& types = core_->parts.types;
  NewSpace::Row blocks(&core_->parts.spaces.new_space());
  ObjectTable::Row entries(&core_->parts.table);
  Index* const made = made_.data() + operation_;
  // Not in `taken`: the compiler would keep them in memory.
  size_t count = 0;
  size_t value = 0;
  size_t payload = 0;
  uint64_t self_bytes = 0;
  for (; count < row.count; ++count) {
    const uint32_t slot_count = row.numbers[2 * count];
    const uint32_t value_count = row.numbers[2 * count + 1];
    const uint32_t size = row.sizes[count];
    const uint32_t units = static_cast<uint32_t>(UnitsFor(size));
    const bool is_plain =
        slot_count <= TableEntry::kInlineSlots && value_count <= slot_count &&
        value_count <= row.values.size() - value &&
        size <= kMaxPlainPayloadBytes &&
        size <= row.payloads.size() - payload && types.Has(row.types[count]);
    uint64_t slots = 0;
    if (!is_plain || !entries.HasRoom() || !blocks.HasRoom(units) ||
        !ToPlainSlots(operation_ + count, row.values, value, value_count,
                      &slots)) {
      break;
    }
    Block* const block = blocks.Allocate(units);
    CopyToWords(block->body(), row.payloads.data() + payload, size);
    const Ref ref = entries.Allocate(block, slot_count, Age::kYoung, slots);
    Spaces::FillHeader(block, ref.index(),
                       types.WithTag(row.types[count], tag_), size);
    holds[count] = ref.index();
    made[count] = ref.index();
    refs[count] = ref.bits();
    value += value_count;
    payload += size;
    self_bytes += sizeof(TableEntry) + units * kWordBytes;
  }
  return {count, value, payload, self_bytes};
}

}  // namespace heapd
