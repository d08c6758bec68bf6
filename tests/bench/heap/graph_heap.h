#ifndef HEAPD_TESTS_BENCH_HEAP_GRAPH_HEAP_H_
#define HEAPD_TESTS_BENCH_HEAP_GRAPH_HEAP_H_

#include <vector>

#include "heap/object/ref.h"
#include "tests/bench/heap/bench_heap.h"
#include "tests/bench/layout/graph.h"

namespace heapd::heap_bench {

// Builds a graph of layout_bench in a heap, so that both benchmarks measure the
// same one. Single-threaded.
class GraphHeap {
 public:
  // The graph outlives this.
  explicit GraphHeap(const layout_bench::Graph& graph);

  // In this order. Objects are made in the order of their placement, linked in
  // the order of their numbers, and held by nothing but roots afterwards.
  void Allocate();
  void Link();
  void HoldByRootsOnly();

  BenchHeap& heap() { return heap_; }
  Ref ref(uint32_t object) const { return refs_[object]; }

 private:
  void AddAllocation(uint32_t object, Columns* columns) const;

  const layout_bench::Graph& graph_;
  BenchHeap heap_;
  std::vector<Ref> refs_;  // by object
};

}  // namespace heapd::heap_bench

#endif  // HEAPD_TESTS_BENCH_HEAP_GRAPH_HEAP_H_
