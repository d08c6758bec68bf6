#include "client/heapd/batch_builder.h"

#include <algorithm>
#include <string>
#include <utility>

#include "google/protobuf/io/coded_stream.h"

namespace heapd::client {
namespace {

// What the tags and lengths of the eight columns take at most.
constexpr size_t kColumnOverhead = 8 * 6;
// More than any operation takes beside its payload, name and values: a kind, a
// ref, a type, three numbers and a size.
constexpr size_t kMaxOperationBytes = 1 + 8 + 5 * 5;

size_t VarintSize(uint32_t number) {
  return google::protobuf::io::CodedOutputStream::VarintSize32(number);
}

}  // namespace

BatchBuilder::BatchBuilder(BatchBuilder&& other) noexcept
    : batch_(std::move(other.batch_)),
      byte_size_(std::exchange(other.byte_size_, 0)) {
  other.batch_.Clear();
}

BatchBuilder& BatchBuilder::operator=(BatchBuilder&& other) noexcept {
  if (this != &other) {
    batch_ = std::move(other.batch_);
    byte_size_ = std::exchange(other.byte_size_, 0);
    other.batch_.Clear();
  }
  return *this;
}

LocalRef BatchBuilder::Allocate(TypeId type, std::string_view payload,
                                absl::Span<const BatchValue> values,
                                uint32_t slot_count) {
  return AddAllocation(v1::OPERATION_KIND_ALLOCATE, type, payload, values,
                       slot_count);
}

LocalRef BatchBuilder::AllocateUnheld(TypeId type, std::string_view payload,
                                      absl::Span<const BatchValue> values,
                                      uint32_t slot_count) {
  return AddAllocation(v1::OPERATION_KIND_ALLOCATE_UNHELD, type, payload,
                       values, slot_count);
}

LocalRef BatchBuilder::AllocateString(std::string_view content) {
  const uint32_t operation = AddOperation(v1::OPERATION_KIND_ALLOCATE_STRING);
  AddPayload(content);
  return LocalRef(operation);
}

LocalRef BatchBuilder::Copy(BatchRef source) {
  const uint32_t operation = AddOperation(v1::OPERATION_KIND_COPY);
  AddRef(source);
  return LocalRef(operation);
}

void BatchBuilder::Write(BatchRef ref, uint32_t offset,
                         std::string_view bytes) {
  AddOperation(v1::OPERATION_KIND_WRITE);
  AddRef(ref);
  AddNumber(offset);
  AddPayload(bytes);
}

void BatchBuilder::Link(BatchRef ref, uint32_t slot, BatchValue value) {
  AddOperation(v1::OPERATION_KIND_LINK);
  AddRef(ref);
  AddNumber(slot);
  batch_.add_values(value.word());
  byte_size_ += sizeof(uint64_t);
}

void BatchBuilder::Unlink(BatchRef ref, uint32_t slot) {
  AddOperation(v1::OPERATION_KIND_UNLINK);
  AddRef(ref);
  AddNumber(slot);
}

void BatchBuilder::AddSlots(BatchRef ref, uint32_t count) {
  AddOperation(v1::OPERATION_KIND_ADD_SLOTS);
  AddRef(ref);
  AddNumber(count);
}

void BatchBuilder::Hold(BatchRef ref) {
  AddOperation(v1::OPERATION_KIND_HOLD);
  AddRef(ref);
}

void BatchBuilder::Release(BatchRef ref) {
  AddOperation(v1::OPERATION_KIND_RELEASE);
  AddRef(ref);
}

void BatchBuilder::Root(std::string_view name, BatchRef ref) {
  AddOperation(v1::OPERATION_KIND_ROOT);
  AddName(name);
  AddRef(ref);
}

void BatchBuilder::Unroot(std::string_view name) {
  AddOperation(v1::OPERATION_KIND_UNROOT);
  AddName(name);
}

void BatchBuilder::PushScope() { AddOperation(v1::OPERATION_KIND_PUSH_SCOPE); }

void BatchBuilder::PopScope(BatchRef carry) {
  AddOperation(v1::OPERATION_KIND_POP_SCOPE);
  AddRef(carry);
}

SlotRead BatchBuilder::ReadSlot(BatchRef ref, uint32_t slot) {
  const uint32_t operation = AddOperation(v1::OPERATION_KIND_READ_SLOT);
  AddRef(ref);
  AddNumber(slot);
  return SlotRead(operation);
}

PayloadRead BatchBuilder::ReadPayload(BatchRef ref) {
  const uint32_t operation = AddOperation(v1::OPERATION_KIND_READ_PAYLOAD);
  AddRef(ref);
  return PayloadRead(operation);
}

bool BatchBuilder::HasRoomFor(size_t payload_bytes, size_t value_count) const {
  // Each term is checked before the sum, which so cannot wrap.
  return op_count() < kMaxOperations && payload_bytes <= kMaxBytes &&
         value_count <= kMaxBytes / sizeof(uint64_t) &&
         byte_size_ + kColumnOverhead + kMaxOperationBytes + payload_bytes +
                 value_count * sizeof(uint64_t) <=
             kMaxBytes;
}

void BatchBuilder::Clear() {
  batch_.Clear();
  byte_size_ = 0;
}

v1::Batch BatchBuilder::Take() {
  v1::Batch batch = std::move(batch_);
  Clear();
  return batch;
}

void BatchBuilder::TakeInto(v1::Batch& batch) {
  batch.Swap(&batch_);
  Clear();
}

uint32_t BatchBuilder::AddOperation(v1::OperationKind kind) {
  const uint32_t operation = op_count();
  batch_.add_kinds(kind);
  byte_size_ += 1;
  return operation;
}

void BatchBuilder::AddRef(BatchRef ref) {
  batch_.add_refs(ref.word());
  byte_size_ += sizeof(uint64_t);
}

void BatchBuilder::AddNumber(uint32_t number) {
  batch_.add_numbers(number);
  byte_size_ += VarintSize(number);
}

void BatchBuilder::AddPayload(std::string_view payload) {
  // A payload whose size does not fit is over every limit of the daemon; cut
  // sizes would make the columns disagree, which it refuses as well.
  batch_.add_sizes(static_cast<uint32_t>(payload.size()));
  batch_.mutable_payloads()->append(payload);
  byte_size_ += VarintSize(static_cast<uint32_t>(payload.size()));
  byte_size_ += payload.size();
}

void BatchBuilder::AddName(std::string_view name) {
  batch_.add_names(name.data(), name.size());
  byte_size_ += 1 + VarintSize(static_cast<uint32_t>(name.size()));
  byte_size_ += name.size();
}

LocalRef BatchBuilder::AddAllocation(v1::OperationKind kind, TypeId type,
                                     std::string_view payload,
                                     absl::Span<const BatchValue> values,
                                     uint32_t slot_count) {
  const uint32_t operation = AddOperation(kind);
  const auto value_count = static_cast<uint32_t>(values.size());
  batch_.add_types(type.value());
  byte_size_ += VarintSize(type.value());
  AddNumber(std::max(slot_count, value_count));
  AddNumber(value_count);
  for (const BatchValue value : values) batch_.add_values(value.word());
  byte_size_ += values.size() * sizeof(uint64_t);
  AddPayload(payload);
  return LocalRef(operation);
}

}  // namespace heapd::client
