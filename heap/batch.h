#ifndef HEAPD_HEAP_BATCH_H_
#define HEAPD_HEAP_BATCH_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"

namespace heapd {

// What an operation of a batch does, and what it takes from which column; the
// same numbers as OperationKind in proto/heapd/v1/batch.proto, where the table
// stands.
enum class OperationKind : int32_t {
  kUnspecified = 0,
  kAllocate = 1,
  kAllocateUnheld = 2,
  kAllocateString = 3,
  kCopy = 4,
  kWrite = 5,
  kLink = 6,
  kUnlink = 7,
  kAddSlots = 8,
  kHold = 9,
  kRelease = 10,
  kRoot = 11,
  kUnroot = 12,
  kPushScope = 13,
  kPopScope = 14,
  kReadSlot = 15,
  kReadPayload = 16,
};

// A ref operand with this bit is local: the lower 32 bits are the number of an
// earlier operation of the batch.
inline constexpr uint64_t kLocalRefBit = uint64_t{1} << 63;

// A batch in columns, not owned: operation i is kinds[i] and takes its operands
// from the other columns, each from where the operation before it stopped.
struct BatchView {
  absl::Span<const int32_t> kinds;
  absl::Span<const uint64_t> refs;
  absl::Span<const uint32_t> types;
  absl::Span<const uint32_t> numbers;
  absl::Span<const uint64_t> values;  // Value::bits()
  absl::Span<const uint32_t> sizes;
  absl::string_view payloads;
  std::vector<absl::string_view> names;
  // Of what it allocates, but for types that have one; empty for that of the
  // session.
  absl::string_view tag;

  // About what the batch allocates, for Heap::Safepoint().
  uint64_t allocation_bytes() const {
    return payloads.size() + sizes.size() * 2 * sizeof(uint64_t) +
           values.size() * sizeof(uint32_t);
  }
};

// Where the results of a batch go, in the order of the operations. An
// interface, so that the server can write straight into its response message.
class BatchResultSink {
 public:
  virtual ~BatchResultSink() = default;
  // Called once, when the whole batch has been applied. `refs`: one Ref::bits()
  // for each operation that allocates.
  virtual void SetRefs(absl::Span<const uint64_t> refs) = 0;
  // One call for each kReadSlot, with Value::bits().
  virtual void AddValue(uint64_t value) = 0;
  // Before each AddPayload(): whether there is room for that many bytes more.
  // An error is that of the operation, and so of the batch.
  virtual absl::Status Reserve(uint64_t /*payload_bytes*/) {
    return absl::OkStatus();
  }
  // One call for each kReadPayload.
  virtual void AddPayload(absl::string_view payload) = 0;
  // Forgets everything that was added: the batch failed and was undone.
  virtual void Clear() = 0;
};

// A BatchResultSink in plain containers.
class BatchResult : public BatchResultSink {
 public:
  void SetRefs(absl::Span<const uint64_t> refs) override {
    refs_.assign(refs.begin(), refs.end());
  }
  void AddValue(uint64_t value) override { values_.push_back(value); }
  void AddPayload(absl::string_view payload) override {
    payloads_.emplace_back(payload);
  }
  void Clear() override {
    refs_.clear();
    values_.clear();
    payloads_.clear();
  }

  const std::vector<uint64_t>& refs() const { return refs_; }
  const std::vector<uint64_t>& values() const { return values_; }
  const std::vector<std::string>& payloads() const { return payloads_; }

 private:
  std::vector<uint64_t> refs_;
  std::vector<uint64_t> values_;
  std::vector<std::string> payloads_;
};

}  // namespace heapd

#endif  // HEAPD_HEAP_BATCH_H_
