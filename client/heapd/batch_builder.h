#ifndef HEAPD_CLIENT_HEAPD_BATCH_BUILDER_H_
#define HEAPD_CLIENT_HEAPD_BATCH_BUILDER_H_

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "absl/types/span.h"
#include "client/heapd/ids.h"
#include "client/heapd/ref.h"
#include "client/heapd/value.h"
#include "heapd/v1/batch.pb.h"

namespace heapd::client {

// The object that an operation of a batch makes. It can be used as an operand
// later in the same batch, and read from the batch's BatchReader; in another
// batch it means something else.
class LocalRef {
 public:
  // `operation` counts the operations of the batch from 0.
  explicit constexpr LocalRef(uint32_t operation) : operation_(operation) {}
  constexpr uint32_t operation() const { return operation_; }
  friend constexpr bool operator==(LocalRef, LocalRef) = default;

 private:
  uint32_t operation_;
};

// An operand that names an object: a Ref, or a LocalRef of the same batch.
class BatchRef {
 public:
  constexpr BatchRef(Ref ref)  // NOLINT(google-explicit-constructor)
      : word_(ref.id()) {}
  constexpr BatchRef(LocalRef ref)  // NOLINT(google-explicit-constructor)
      : word_(kLocalTag | ref.operation()) {}

  // As the refs column has it.
  constexpr uint64_t word() const { return word_; }

 private:
  static constexpr uint64_t kLocalTag = uint64_t{1} << 63;
  uint64_t word_;
};

// A slot value in a batch: a Value, or a strong or weak LocalRef.
class BatchValue {
 public:
  // Null.
  constexpr BatchValue() : word_(0) {}
  constexpr BatchValue(Value value)  // NOLINT(google-explicit-constructor)
      : word_(value.word()) {}

  static constexpr BatchValue SmallInteger(int32_t integer) {
    return BatchValue(Value::SmallInteger(integer));
  }
  // A null Ref makes the null value.
  static constexpr BatchValue Strong(BatchRef ref) {
    return BatchValue(ref.word());
  }
  static constexpr BatchValue Weak(BatchRef ref) {
    return BatchValue(ref.word() == 0 ? 0 : kWeakTag | ref.word());
  }

  // As the values column has it.
  constexpr uint64_t word() const { return word_; }

 private:
  static constexpr uint64_t kWeakTag = uint64_t{1} << 60;
  explicit constexpr BatchValue(uint64_t word) : word_(word) {}
  uint64_t word_;
};

// The number of a READ_SLOT operation, for BatchReader::value().
class SlotRead {
 public:
  explicit constexpr SlotRead(uint32_t operation) : operation_(operation) {}
  constexpr uint32_t operation() const { return operation_; }

 private:
  uint32_t operation_;
};

// The number of a READ_PAYLOAD operation, for BatchReader::payload().
class PayloadRead {
 public:
  explicit constexpr PayloadRead(uint32_t operation) : operation_(operation) {}
  constexpr uint32_t operation() const { return operation_; }

 private:
  uint32_t operation_;
};

// Collects operations for one atomic batch and lays them out in columns.
//
//   BatchBuilder batch;
//   LocalRef child = batch.Allocate(node_type, "payload");
//   LocalRef parent = batch.Allocate(node_type, "",
//   {BatchValue::Strong(child)}); batch.Root("tree", parent);
//   absl::StatusOr<BatchReader> result = session.Apply(std::move(batch));
//
// Nothing is checked here: what the daemon does not like it refuses, naming the
// operation (FailedOperation() in status.h counts as these calls do).
// Operations that hold something (Allocate, AllocateString, Copy, Hold,
// Release, PushScope, PopScope) need a session.
//
// A caller that streams a large graph asks HasRoomFor() before each operation
// and applies the batch when the answer is no.
//
// Single-threaded. Movable; a builder that was moved from or cleared is empty
// and can be used again.
class BatchBuilder {
 public:
  // The daemon's limits; the second leaves room for what wraps a batch.
  static constexpr uint32_t kMaxOperations = 65536;
  static constexpr size_t kMaxBytes = (size_t{72} << 20) - 4096;

  BatchBuilder() = default;
  BatchBuilder(BatchBuilder&& other) noexcept;
  BatchBuilder& operator=(BatchBuilder&& other) noexcept;
  BatchBuilder(const BatchBuilder&) = delete;
  BatchBuilder& operator=(const BatchBuilder&) = delete;

  // A new object, held by the session's current scope. The first slots take
  // `values`; it has `slot_count` slots, or values.size() if that is more.
  LocalRef Allocate(TypeId type, std::string_view payload,
                    absl::Span<const BatchValue> values = {},
                    uint32_t slot_count = 0);
  // The same, held by nothing: for objects that a later operation of this batch
  // links, roots or holds. Needs no session.
  LocalRef AllocateUnheld(TypeId type, std::string_view payload,
                          absl::Span<const BatchValue> values = {},
                          uint32_t slot_count = 0);
  // The interned string with this content (UTF-8), held by the current scope.
  LocalRef AllocateString(std::string_view content);
  // A new object with the same type, payload and slots, held by the current
  // scope.
  LocalRef Copy(BatchRef source);

  // Overwrites payload bytes from `offset` on.
  void Write(BatchRef ref, uint32_t offset, std::string_view bytes);
  // Puts a value into a slot.
  void Link(BatchRef ref, uint32_t slot, BatchValue value);
  // Makes a slot null.
  void Unlink(BatchRef ref, uint32_t slot);
  // Adds `count` null slots at the end.
  void AddSlots(BatchRef ref, uint32_t count);

  // Lets the session's current scope hold an object.
  void Hold(BatchRef ref);
  // Drops the session's hold on an object.
  void Release(BatchRef ref);
  // Lets a name (UTF-8, 1 to 1,024 bytes) hold an object.
  void Root(std::string_view name, BatchRef ref);
  // Removes a name.
  void Unroot(std::string_view name);
  // Opens a scope.
  void PushScope();
  // Closes the innermost scope; `carry`, unless null, is held by the enclosing
  // scope from then on.
  void PopScope(BatchRef carry = Ref());

  // Reads a slot as the operations before have left it.
  SlotRead ReadSlot(BatchRef ref, uint32_t slot);
  // Reads a whole payload as the operations before have left it.
  PayloadRead ReadPayload(BatchRef ref);

  // Operations so far.
  uint32_t op_count() const {
    return static_cast<uint32_t>(batch_.kinds_size());
  }
  bool empty() const { return batch_.kinds().empty(); }
  // Bytes that the batch takes on the wire, at most a few percent too high.
  size_t byte_size() const { return byte_size_; }
  // Whether one more operation with this much payload (or name, or content) and
  // this many values keeps the batch within the limits.
  bool HasRoomFor(size_t payload_bytes, size_t value_count = 0) const;

  // Forgets all operations.
  void Clear();
  // The batch as it goes over the wire; the builder is empty after it. For
  // those who call the stubs themselves; Apply() and Pipeline do it for the
  // others.
  v1::Batch Take();
  // The same into a message that is used again and again: the memory of what
  // was in `batch` becomes the builder's, so that neither grows from nothing.
  void TakeInto(v1::Batch& batch);

 private:
  uint32_t AddOperation(v1::OperationKind kind);
  void AddRef(BatchRef ref);
  void AddNumber(uint32_t number);
  void AddPayload(std::string_view payload);
  void AddName(std::string_view name);
  LocalRef AddAllocation(v1::OperationKind kind, TypeId type,
                         std::string_view payload,
                         absl::Span<const BatchValue> values,
                         uint32_t slot_count);

  v1::Batch batch_;
  size_t byte_size_ = 0;
};

}  // namespace heapd::client

#endif  // HEAPD_CLIENT_HEAPD_BATCH_BUILDER_H_
