#include "tests/bench/heap/graph_heap.h"

#include <algorithm>
#include <string>

namespace heapd::heap_bench {
namespace {

constexpr size_t kBatch = 1024;

}  // namespace

GraphHeap::GraphHeap(const layout_bench::Graph& graph)
    : graph_(graph), refs_(graph.object_count + 1) {}

void GraphHeap::AddAllocation(uint32_t object, Columns* columns) const {
  const absl::string_view payload(heap_.payload());
  columns->Allocate(OperationKind::kAllocate, heap_.type(),
                    graph_.SlotCount(object), {},
                    payload.substr(0, graph_.PayloadBytes(object)));
}

void GraphHeap::Allocate() {
  ValueOf(heap_->PushScope(BenchHeap::kSession));
  const std::vector<uint32_t>& order = graph_.placement;
  Columns columns;
  for (size_t first = 0; first < order.size(); first += kBatch) {
    const size_t count = std::min(kBatch, order.size() - first);
    columns.Clear();
    for (size_t i = 0; i < count; ++i) {
      AddAllocation(order[first + i], &columns);
    }
    const std::vector<uint64_t>& made = heap_.Apply(columns).refs();
    for (size_t i = 0; i < count; ++i) refs_[order[first + i]] = Ref(made[i]);
  }
}

void GraphHeap::Link() {
  Columns columns;
  for (uint32_t object = 1; object <= graph_.object_count; ++object) {
    const uint32_t first = graph_.first_slot[object];
    for (uint32_t s = 0; s < graph_.SlotCount(object); ++s) {
      const uint32_t target = graph_.targets[first + s];
      if (target == 0) continue;
      columns.Link(refs_[object], s, Value::Strong(refs_[target]));
      if (columns.kinds.size() < kBatch) continue;
      heap_.Apply(columns);
      columns.Clear();
    }
  }
  heap_.Apply(columns);
}

void GraphHeap::HoldByRootsOnly() {
  for (size_t i = 0; i < graph_.roots.size(); ++i) {
    ValueOf(heap_->Root("root " + std::to_string(i), refs_[graph_.roots[i]]));
  }
  ValueOf(heap_->PopScope(BenchHeap::kSession));
}

}  // namespace heapd::heap_bench
