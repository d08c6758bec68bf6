#ifndef HEAPD_TESTS_BENCH_HEAP_BENCH_HEAP_H_
#define HEAPD_TESTS_BENCH_HEAP_BENCH_HEAP_H_

#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "heap/base/check.h"
#include "heap/base/memory_budget.h"
#include "heap/heap.h"
#include "tests/bench/heap/columns.h"
#include "tests/bench/heap/marking_thread.h"
#include "tests/bench/layout/graph.h"

namespace heapd::heap_bench {

using layout_bench::kPayloadBytes;
using layout_bench::Random;
using layout_bench::RandomBelow;

// A benchmark that fails has nothing to measure.
inline void CheckOk(const absl::Status& status) { HEAPD_CHECK(status.ok()); }
template <typename T>
T ValueOf(absl::StatusOr<T> value) {
  HEAPD_CHECK(value.ok());
  return *std::move(value);
}

// A heap without a limit that matters, with one type, one session and one
// marking thread. Single-threaded.
class BenchHeap {
 public:
  static constexpr SessionId kSession = 1;

  explicit BenchHeap(const StressOptions& stress = {})
      : heap_(ValueOf(Heap::Create(Options(stress), &budget_))) {
    type_ = ValueOf(heap_->DefineType("Node", TypeKind::kObject, {}));
    CheckOk(heap_->OpenSession(kSession, "bench"));
  }
  BenchHeap(const BenchHeap&) = delete;
  BenchHeap& operator=(const BenchHeap&) = delete;

  Heap* operator->() { return heap_.get(); }
  TypeId type() const { return type_; }
  const std::string& payload() const { return payload_; }

  // Valid until the next call.
  const BatchResult& Apply(const Columns& columns) {
    result_.Clear();
    const BatchView batch = columns.View();
    heap_->Safepoint(batch.allocation_bytes());
    CheckOk(heap_->Apply(kSession, batch, &result_));
    return result_;
  }
  // A major collection beside the benchmark: begins one when it is due, or
  // always, and does a slice of what it has to do here.
  void CollectBeside(bool always) {
    if (heap_->CollectionDue() || (always && !heap_->IsMajorRunning())) {
      heap_->StartMajor(CollectionReason::kOldSpaceThreshold);
    } else if (heap_->IsMajorRunning()) {
      heap_->StepMajor();
    }
  }
  Collection Collect() { return heap_->Collect(CollectionReason::kRequested); }

 private:
  HeapOptions Options(const StressOptions& stress) {
    HeapOptions options;
    options.stress = stress;
    options.runner = [this](std::function<void()> task) {
      marking_thread_.Post(std::move(task));
    };
    options.limit_bytes = uint64_t{1} << 40;
    return options;
  }

  MemoryBudget budget_{uint64_t{1} << 40};
  MarkingThread marking_thread_;
  std::unique_ptr<Heap> heap_;
  TypeId type_ = 0;
  const std::string payload_ = std::string(kPayloadBytes, 'p');
  BatchResult result_;
};

}  // namespace heapd::heap_bench

#endif  // HEAPD_TESTS_BENCH_HEAP_BENCH_HEAP_H_
