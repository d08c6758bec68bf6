#ifndef HEAPD_TESTS_BENCH_LAYOUT_SUITES_H_
#define HEAPD_TESTS_BENCH_LAYOUT_SUITES_H_

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <string>
#include <vector>

#include "tests/bench/layout/graph.h"
#include "tests/bench/layout/mark_state.h"
#include "tests/bench/support/measure.h"
#include "tests/bench/support/report.h"

namespace heapd::layout_bench {

using bench::Labels;
using bench::Report;
using bench::TimeOf;

// What one measurement is of.
template <typename Layout>
Labels LabelsOf(const Graph& graph, const std::string& measure,
                const std::string& variant) {
  return {{"graph", graph.name},
          {"objects", graph.object_count},
          {"layout", Layout::kName},
          {"measure", measure},
          {"variant", variant}};
}

template <typename Layout>
void AddBytesPerObject(const Graph& graph, const std::string& measure,
                       const std::string& variant, size_t bytes,
                       Report& report) {
  report.AddFigure(LabelsOf<Layout>(graph, measure, variant),
                   "bytes_per_object",
                   static_cast<double>(bytes) / graph.object_count, "bytes");
}

template <typename Layout>
struct MarkVariant {
  std::string name;
  std::function<void(Layout&, const std::vector<uint32_t>&, MarkState&)> mark;
  // Loops without prefetch are ten times slower: one run tells enough.
  bool slow = false;
};

// Runs every variant `runs` times, in turn, so that a slow spell of the machine
// hits all of them. Each run must mark every object.
template <typename Layout>
void MeasureMarking(const Graph& graph, Layout& heap,
                    const std::vector<MarkVariant<Layout>>& variants, int runs,
                    Report& report) {
  std::vector<uint32_t> roots;
  for (const uint32_t root : graph.roots) roots.push_back(heap.Root(root));
  MarkState state(heap.positions(), graph.targets.size() + graph.object_count);
  std::vector<std::vector<double>> seconds(variants.size());
  for (int run = 0; run < runs; ++run) {
    for (size_t v = 0; v < variants.size(); ++v) {
      if (variants[v].slow && run > 0) continue;
      state.Clear();
      seconds[v].push_back(
          TimeOf([&] { variants[v].mark(heap, roots, state); }));
      if (heap.CountMarked(state) != graph.object_count) {
        std::fprintf(stderr, "%s %s marked %llu of %u objects\n", Layout::kName,
                     variants[v].name.c_str(),
                     static_cast<unsigned long long>(heap.CountMarked(state)),
                     graph.object_count);
        std::exit(1);
      }
    }
  }
  for (size_t v = 0; v < variants.size(); ++v) {
    report.AddTimes(LabelsOf<Layout>(graph, "mark", variants[v].name),
                    seconds[v], graph.object_count);
  }
}

// Layout and mark bitmap as resident now, and for one variant the worklist.
template <typename Layout>
void MeasureBytes(const Graph& graph, Layout& heap,
                  const MarkVariant<Layout>& variant, Report& report) {
  std::vector<uint32_t> roots;
  for (const uint32_t root : graph.roots) roots.push_back(heap.Root(root));
  MarkState state(heap.positions(), graph.targets.size() + graph.object_count);
  state.Clear();
  variant.mark(heap, roots, state);
  AddBytesPerObject<Layout>(graph, "resident", "layout and bitmap",
                            heap.ResidentBytes() + state.BitmapBytes(), report);
  AddBytesPerObject<Layout>(graph, "worklist", variant.name,
                            state.WorklistResidentBytes(), report);
}

// Random slot accesses, `ahead` prefetches ahead of them (0: none). The sums
// keep the compiler from dropping the reads.
template <typename Layout>
uint64_t ReadSlots(Layout& heap, const std::vector<uint64_t>& refs,
                   size_t ahead) {
  uint64_t stale = 0;
  uint64_t sum = 0;
  for (size_t i = 0; i < refs.size(); ++i) {
    if (ahead > 0) heap.Prefetch(refs[std::min(i + ahead, refs.size() - 1)]);
    sum += heap.ReadSlot(refs[i], i & 1, stale);
  }
  return sum + stale;
}

template <typename Layout>
uint64_t WriteSlots(Layout& heap, const std::vector<uint64_t>& refs,
                    size_t ahead) {
  uint64_t stale = 0;
  for (size_t i = 0; i < refs.size(); ++i) {
    if (ahead > 0) heap.Prefetch(refs[std::min(i + ahead, refs.size() - 1)]);
    heap.WriteSlot(refs[i], i & 1, refs[0], stale);
  }
  return stale;
}

// Allocates an object for every index, each referring to the two before it.
template <typename Layout>
uint64_t AllocateObjects(Layout& heap, const std::vector<uint32_t>& indices,
                         size_t ahead) {
  const std::string payload(kPayloadBytes, 'p');
  uint64_t first = heap.RefOf(indices[0]);
  uint64_t second = first;
  heap.BeginAllocation();
  for (size_t i = 0; i < indices.size(); ++i) {
    if (ahead > 0) {
      heap.Prefetch(indices[std::min(i + ahead, indices.size() - 1)]);
    }
    const uint64_t ref =
        heap.Allocate(indices[i], payload.data(), first, second);
    second = first;
    first = ref;
  }
  return first;
}

// Reads, writes, then allocations: what comes later destroys the graph.
template <typename Layout>
void MeasureOperations(const Graph& graph, Layout& heap, int runs,
                       Report& report) {
  constexpr size_t kAccesses = 2'000'000;
  constexpr size_t kSteps = 500'000;
  constexpr size_t kAhead = 16;
  Random random(1);
  std::vector<uint64_t> refs(kAccesses);
  for (uint64_t& ref : refs) {
    ref = heap.RefOf(1 + RandomBelow(random, graph.object_count));
  }
  const std::vector<uint32_t>& fresh = graph.placement;
  const std::vector<uint32_t> reused =
      ShuffledObjects(graph.object_count, random);
  volatile uint64_t sink = 0;
  const auto measure = [&](const char* name, const char* variant,
                           uint64_t operations, const auto& body) {
    std::vector<double> seconds;
    for (int run = 0; run < runs; ++run) {
      seconds.push_back(TimeOf([&] { sink = sink + body(); }));
    }
    report.AddTimes(LabelsOf<Layout>(graph, name, variant), seconds,
                    operations);
  };
  measure("read_slot", "", kAccesses, [&] { return ReadSlots(heap, refs, 0); });
  measure("read_slot", "prefetch", kAccesses,
          [&] { return ReadSlots(heap, refs, kAhead); });
  measure("follow_slot", "each from the last", kSteps, [&] {
    uint64_t ref = refs[0];
    for (size_t i = 0; i < kSteps; ++i) ref = heap.Follow(ref, 0);
    return ref;
  });
  measure("write_slot", "", kAccesses,
          [&] { return WriteSlots(heap, refs, 0); });
  measure("write_slot", "prefetch", kAccesses,
          [&] { return WriteSlots(heap, refs, kAhead); });
  measure("allocate", "fresh indices", fresh.size(),
          [&] { return AllocateObjects(heap, fresh, 0); });
  if constexpr (Layout::kHasTable) {
    measure("allocate", "reused indices", fresh.size(),
            [&] { return AllocateObjects(heap, reused, 0); });
    measure("allocate", "reused, prefetch", fresh.size(),
            [&] { return AllocateObjects(heap, reused, kAhead); });
  }
}

}  // namespace heapd::layout_bench

#endif  // HEAPD_TESTS_BENCH_LAYOUT_SUITES_H_
