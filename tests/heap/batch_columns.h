#ifndef HEAPD_TESTS_HEAP_BATCH_COLUMNS_H_
#define HEAPD_TESTS_HEAP_BATCH_COLUMNS_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "heap/batch.h"
#include "heap/object/ref.h"
#include "heap/object/type.h"
#include "heap/object/value.h"

namespace heapd {

// The columns of a batch, filled by the operations in order; tests break them.
// Each operation returns its number.
struct BatchColumns {
  std::vector<int32_t> kinds;
  std::vector<uint64_t> refs;
  std::vector<uint32_t> types;
  std::vector<uint32_t> numbers;
  std::vector<uint64_t> values;
  std::vector<uint32_t> sizes;
  std::string payloads;
  std::vector<std::string> names;

  static constexpr uint64_t Local(uint32_t operation) {
    return kLocalRefBit | operation;
  }

  uint32_t Allocate(TypeId type, absl::string_view payload, uint32_t slot_count,
                    const std::vector<Value>& initial = {},
                    OperationKind kind = OperationKind::kAllocate) {
    types.push_back(type);
    numbers.push_back(slot_count);
    numbers.push_back(static_cast<uint32_t>(initial.size()));
    for (const Value value : initial) values.push_back(value.bits());
    AddPayload(payload);
    return Add(kind);
  }
  uint32_t AllocateUnheld(TypeId type, absl::string_view payload,
                          uint32_t slot_count,
                          const std::vector<Value>& initial = {}) {
    return Allocate(type, payload, slot_count, initial,
                    OperationKind::kAllocateUnheld);
  }
  uint32_t AllocateString(absl::string_view content) {
    AddPayload(content);
    return Add(OperationKind::kAllocateString);
  }
  uint32_t Copy(uint64_t ref) { return WithRef(OperationKind::kCopy, ref); }
  uint32_t Write(uint64_t ref, uint32_t offset, absl::string_view bytes) {
    AddPayload(bytes);
    return WithNumber(OperationKind::kWrite, ref, offset);
  }
  uint32_t Link(uint64_t ref, uint32_t slot, Value value) {
    values.push_back(value.bits());
    return WithNumber(OperationKind::kLink, ref, slot);
  }
  uint32_t Unlink(uint64_t ref, uint32_t slot) {
    return WithNumber(OperationKind::kUnlink, ref, slot);
  }
  uint32_t AddSlots(uint64_t ref, uint32_t count) {
    return WithNumber(OperationKind::kAddSlots, ref, count);
  }
  uint32_t Hold(uint64_t ref) { return WithRef(OperationKind::kHold, ref); }
  uint32_t Release(uint64_t ref) {
    return WithRef(OperationKind::kRelease, ref);
  }
  uint32_t Root(absl::string_view name, uint64_t ref) {
    names.emplace_back(name);
    return WithRef(OperationKind::kRoot, ref);
  }
  uint32_t Unroot(absl::string_view name) {
    names.emplace_back(name);
    return Add(OperationKind::kUnroot);
  }
  uint32_t PushScope() { return Add(OperationKind::kPushScope); }
  uint32_t PopScope(uint64_t carry = 0) {
    return WithRef(OperationKind::kPopScope, carry);
  }
  uint32_t ReadSlot(uint64_t ref, uint32_t slot) {
    return WithNumber(OperationKind::kReadSlot, ref, slot);
  }
  uint32_t ReadPayload(uint64_t ref) {
    return WithRef(OperationKind::kReadPayload, ref);
  }
  uint32_t Add(OperationKind kind) {
    kinds.push_back(static_cast<int32_t>(kind));
    return static_cast<uint32_t>(kinds.size() - 1);
  }

  // Valid while the columns do not change.
  BatchView view() const {
    BatchView view;
    view.kinds = kinds;
    view.refs = refs;
    view.types = types;
    view.numbers = numbers;
    view.values = values;
    view.sizes = sizes;
    view.payloads = payloads;
    view.names.assign(names.begin(), names.end());
    return view;
  }

 private:
  void AddPayload(absl::string_view payload) {
    sizes.push_back(static_cast<uint32_t>(payload.size()));
    payloads.append(payload.data(), payload.size());
  }
  uint32_t WithRef(OperationKind kind, uint64_t ref) {
    refs.push_back(ref);
    return Add(kind);
  }
  uint32_t WithNumber(OperationKind kind, uint64_t ref, uint32_t number) {
    numbers.push_back(number);
    return WithRef(kind, ref);
  }
};

}  // namespace heapd

#endif  // HEAPD_TESTS_HEAP_BATCH_COLUMNS_H_
