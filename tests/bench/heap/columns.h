#ifndef HEAPD_TESTS_BENCH_HEAP_COLUMNS_H_
#define HEAPD_TESTS_BENCH_HEAP_COLUMNS_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "heap/batch.h"
#include "heap/object/ref.h"
#include "heap/object/type.h"
#include "heap/object/value.h"

namespace heapd::heap_bench {

// A batch in columns of its own, for the engine itself: what a client's batch
// is once the daemon has parsed it. Columns of a batch that is applied many
// times may be changed in place. Thread-compatible.
struct Columns {
  std::vector<int32_t> kinds;
  std::vector<uint64_t> refs;
  std::vector<uint32_t> types;
  std::vector<uint32_t> numbers;
  std::vector<uint64_t> values;
  std::vector<uint32_t> sizes;
  std::string payloads;

  // The number of the operation that was added last.
  uint32_t last() const { return static_cast<uint32_t>(kinds.size()) - 1; }

  void Add(OperationKind kind) { kinds.push_back(static_cast<int32_t>(kind)); }
  void Allocate(OperationKind kind, TypeId type, uint32_t slot_count,
                absl::Span<const Value> first, absl::string_view payload) {
    Add(kind);
    types.push_back(type);
    numbers.push_back(slot_count);
    numbers.push_back(static_cast<uint32_t>(first.size()));
    for (const Value value : first) values.push_back(value.bits());
    sizes.push_back(static_cast<uint32_t>(payload.size()));
    payloads.append(payload.data(), payload.size());
  }
  void Link(Ref ref, uint32_t slot, Value value) {
    Add(OperationKind::kLink);
    refs.push_back(ref.bits());
    numbers.push_back(slot);
    values.push_back(value.bits());
  }
  void Unlink(Ref ref, uint32_t slot) {
    Add(OperationKind::kUnlink);
    refs.push_back(ref.bits());
    numbers.push_back(slot);
  }
  void PushScope() { Add(OperationKind::kPushScope); }
  void PopScope() {
    Add(OperationKind::kPopScope);
    refs.push_back(Ref().bits());
  }
  void ReadPayload(Ref ref) {
    Add(OperationKind::kReadPayload);
    refs.push_back(ref.bits());
  }

  void Clear() {
    kinds.clear();
    refs.clear();
    types.clear();
    numbers.clear();
    values.clear();
    sizes.clear();
    payloads.clear();
  }

  BatchView View() const {
    BatchView view;
    view.kinds = kinds;
    view.refs = refs;
    view.types = types;
    view.numbers = numbers;
    view.values = values;
    view.sizes = sizes;
    view.payloads = payloads;
    return view;
  }
};

}  // namespace heapd::heap_bench

#endif  // HEAPD_TESTS_BENCH_HEAP_COLUMNS_H_
