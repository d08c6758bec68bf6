// Held allocations in a row: what batches do most.
//
// One by one, most of what an allocation costs is asking for room, memory,
// holds and limits, and writing back where each of them stands. Here all that
// is asked once for a row, and a row is made in passes over few columns each,
// which need no more registers than there are. What an object takes is first
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
// false when it is not plain. `made`: by operation.
[[gnu::always_inline]] inline bool BatchApplier::ToPlainSlot(
    size_t operation, const Index* made, absl::Span<const uint64_t> values,
    size_t at, Slot* slot) {
  const Value value(values.data()[at]);
  switch (value.kind()) {
    case Value::Kind::kNull:
      *slot = Slot();
      return true;
    case Value::Kind::kSmallInteger:
      *slot = Slot::SmallInteger(value.small_integer());
      return true;
    case Value::Kind::kLocalStrong: {
      const uint32_t other = value.local_operation();
      const Index index = other < operation ? made[other] : 0;
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

// Piece by piece, so that what the passes hand on stays in the first cache. One
// loop over all columns kept most of what it needed on the stack.
BatchApplier::RowTaken BatchApplier::FillRow(
    const BatchOperands::Allocations& row, Index* holds, uint64_t* refs) {
  NewSpace::Row blocks(&core_->parts.spaces.new_space());
  ObjectTable::Row entries(&core_->parts.table);
  RowTaken taken = {};
  while (taken.objects < row.count) {
    const BatchOperands::Allocations rest =
        row.After(taken.objects, taken.values, taken.payload_bytes);
    const size_t wanted = std::min(rest.count, RowPiece::kMaxObjects);
    const size_t count =
        FillPiece(operation_ + taken.objects, rest, wanted,
                  refs + taken.objects, &blocks, &entries, &taken);
    const Index* const made = made_.data() + operation_ + taken.objects;
    std::copy(made, made + count, holds + taken.objects);
    taken.objects += count;
    if (count < wanted) break;
  }
  return taken;
}

// As many as can be made of the first `wanted`, of which operation number
// `operation` makes the first one.
size_t BatchApplier::FillPiece(size_t operation,
                               const BatchOperands::Allocations& row,
                               size_t wanted, uint64_t* refs,
                               NewSpace::Row* blocks, ObjectTable::Row* entries,
                               RowTaken* taken) {
  RowPiece piece;
  Index* const made = made_.data() + operation;
  const size_t measured = CountPlain(row, wanted, blocks->room_bytes());
  const size_t peeked = entries->Peek(measured, made, refs);
  const size_t count = FillSlots(operation, row, peeked, &piece, taken);
  // What no operation made, none may name.
  std::fill(made + count, made + peeked, 0);
  FillBlocks(row, count, made, blocks, &piece, taken);
  entries->Take(count, refs, piece.blocks, piece.slots, row.numbers);
  return count;
}

// How many of the first `wanted` are plain but perhaps for their values, and
// find room.
size_t BatchApplier::CountPlain(const BatchOperands::Allocations& row,
                                size_t wanted, size_t room_bytes) const {
  const TypeTable& types = core_->parts.types;
  size_t values = 0;
  size_t payload_bytes = 0;
  size_t block_bytes = 0;
  size_t count = 0;
  for (; count < wanted; ++count) {
    const uint32_t slot_count = row.numbers[2 * count];
    const uint32_t value_count = row.numbers[2 * count + 1];
    const uint32_t size = row.sizes[count];
    values += value_count;
    payload_bytes += size;
    block_bytes += UnitsFor(size) * kWordBytes;
    const bool is_plain =
        slot_count <= TableEntry::kInlineSlots && value_count <= slot_count &&
        values <= row.values.size() && size <= kMaxPlainPayloadBytes &&
        payload_bytes <= row.payloads.size() && block_bytes <= room_bytes &&
        types.Has(row.types[count]);
    if (!is_plain) break;
  }
  return count;
}

// The slots of the first `wanted`, for as long as their values are plain.
size_t BatchApplier::FillSlots(size_t operation,
                               const BatchOperands::Allocations& row,
                               size_t wanted, RowPiece* piece,
                               RowTaken* taken) {
  const Index* const made = made_.data();
  size_t value = 0;
  size_t count = 0;
  for (; count < wanted; ++count) {
    const uint32_t value_count = row.numbers[2 * count + 1];
    Slot slots[TableEntry::kInlineSlots];
    bool is_plain = true;
    for (uint32_t i = 0; i < value_count && is_plain; ++i) {
      is_plain = ToPlainSlot(operation + count, made, row.values, value + i,
                             &slots[i]);
    }
    if (!is_plain) break;
    piece->slots[count] = TableEntry::PackSlots(slots[0], slots[1]);
    value += value_count;
  }
  taken->values += value;
  return count;
}

void BatchApplier::FillBlocks(const BatchOperands::Allocations& row,
                              size_t count, const Index* made,
                              NewSpace::Row* blocks, RowPiece* piece,
                              RowTaken* taken) {
  TypeTable& types = core_->parts.types;
  const TagId tag = tag_;
  const char* payload = row.payloads.data();
  char* at = blocks->next();
  for (size_t i = 0; i < count; ++i) {
    const uint32_t size = row.sizes[i];
    Block* const block = Block::At(at);
    CopyToWords(block->body(), payload, size);
    Spaces::FillHeader(block, made[i], types.WithTag(row.types[i], tag), size);
    piece->blocks[i] = block;
    payload += size;
    at += UnitsFor(size) * kWordBytes;
  }
  const size_t block_bytes = static_cast<size_t>(at - blocks->next());
  blocks->Take(block_bytes);
  taken->payload_bytes += static_cast<size_t>(payload - row.payloads.data());
  taken->self_bytes += count * sizeof(TableEntry) + block_bytes;
}

}  // namespace heapd
