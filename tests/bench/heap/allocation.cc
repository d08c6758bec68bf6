#include <cstdlib>
#include <cstring>
#include <memory>
#include <vector>

#include "tests/bench/heap/bench_heap.h"
#include "tests/bench/heap/suites.h"
#include "tests/bench/support/measure.h"

namespace heapd::heap_bench {
namespace {

// One by one, or in batches of `batch` that are prepared beforehand; either way
// each object refers to the two before it.
void AllocateOneByOne(BenchHeap& heap, uint32_t objects) {
  Value values[2] = {Value::Null(), Value::Null()};
  for (uint32_t i = 0; i < objects; ++i) {
    const Ref ref = ValueOf(heap->Allocate(BenchHeap::kSession, heap.type(),
                                           heap.payload(), 2, values));
    values[i % 2] = Value::Strong(ref);
  }
}

void AddAllocations(const BenchHeap& heap, uint32_t batch, Columns* columns) {
  Value values[2] = {Value::Null(), Value::Null()};
  for (uint32_t i = 0; i < batch; ++i) {
    columns->Allocate(OperationKind::kAllocate, heap.type(), 2, values,
                      heap.payload());
    values[i % 2] = Value::LocalStrong(columns->last());
  }
}

double TimeAllocation(uint32_t objects, uint32_t batch) {
  BenchHeap heap;
  if (batch == 1) {
    return bench::TimeOf([&] { AllocateOneByOne(heap, objects); });
  }
  Columns columns;
  AddAllocations(heap, batch, &columns);
  return bench::TimeOf([&] {
    for (uint32_t i = 0; i < objects; i += batch) heap.Apply(columns);
  });
}

// What a program without a collector would do.
struct Node {
  Node* slots[2];
  char payload[kPayloadBytes];
};

double TimeMalloc(uint32_t objects) {
  const std::string payload(kPayloadBytes, 'p');
  std::vector<Node*> nodes(objects);
  const double seconds = bench::TimeOf([&] {
    Node* slots[2] = {nullptr, nullptr};
    for (uint32_t i = 0; i < objects; ++i) {
      Node* const node = static_cast<Node*>(std::malloc(sizeof(Node)));
      std::memcpy(node->slots, slots, sizeof(slots));
      std::memcpy(node->payload, payload.data(), kPayloadBytes);
      slots[i % 2] = node;
      nodes[i] = node;
    }
  });
  for (Node* const node : nodes) std::free(node);
  return seconds;
}

}  // namespace

void MeasureAllocation(uint32_t objects, int runs, Report& report) {
  constexpr uint32_t kBatches[] = {1, 64, 1024};
  std::vector<double> seconds[3];
  std::vector<double> malloc_seconds;
  for (int run = 0; run < runs; ++run) {
    for (size_t i = 0; i < 3; ++i) {
      seconds[i].push_back(TimeAllocation(objects, kBatches[i]));
    }
    malloc_seconds.push_back(TimeMalloc(objects));
  }
  report.AddTimes(LabelsOf("allocate, fresh", "one by one", objects),
                  seconds[0], objects);
  for (size_t i = 1; i < 3; ++i) {
    // The last batch may pass `objects`.
    const uint64_t made =
        uint64_t{(objects + kBatches[i] - 1) / kBatches[i]} * kBatches[i];
    report.AddTimes(
        LabelsOf("allocate, fresh", "batches of " + std::to_string(kBatches[i]),
                 objects),
        seconds[i], made);
  }
  report.AddTimes(LabelsOf("allocate, fresh", "malloc", objects),
                  malloc_seconds, objects);
}

void MeasureScopes(uint32_t objects, int runs, Report& report) {
  constexpr uint32_t kBatch = 1024;
  BenchHeap heap;
  Columns columns;
  columns.PushScope();
  AddAllocations(heap, kBatch, &columns);
  columns.PopScope();
  const uint32_t batches = (objects + kBatch - 1) / kBatch;
  std::vector<double> seconds;
  for (int run = 0; run < runs; ++run) {
    seconds.push_back(bench::TimeOf([&] {
      for (uint32_t i = 0; i < batches; ++i) {
        heap.Apply(columns);
        if (heap->CollectionDue()) heap.Collect();
      }
    }));
  }
  report.AddTimes(LabelsOf("allocate, popped", "batches of 1024", objects),
                  seconds, uint64_t{batches} * kBatch);
}

}  // namespace heapd::heap_bench
