#include <algorithm>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "heap/base/check.h"
#include "tests/bench/heap/bench_heap.h"
#include "tests/bench/heap/graph_heap.h"
#include "tests/bench/heap/suites.h"
#include "tests/bench/layout/graph.h"
#include "tests/bench/layout/mark_state.h"
#include "tests/bench/layout/pointer_layout.h"
#include "tests/bench/support/machine.h"
#include "tests/bench/support/measure.h"

namespace heapd::heap_bench {
namespace {

using layout_bench::Graph;

// Issue "It is done when" 6; the floor measured for this layout is 70 M/s.
constexpr double kMarkTarget = 30e6;
constexpr uint32_t kMarkTargetObjects = 10'000'000;

// One random slot at a time, each set to what it refers to already.
double TimeSingleLinks(const Graph& graph, GraphHeap& built,
                       uint32_t operations) {
  Random random(1);
  std::vector<uint32_t> objects(operations);
  for (uint32_t& object : objects) {
    object = 1 + layout_bench::RandomBelow(random, graph.object_count);
  }
  BenchHeap& heap = built.heap();
  return bench::TimeOf([&] {
    for (const uint32_t object : objects) {
      const uint32_t target = graph.targets[graph.first_slot[object]];
      ValueOf(
          heap->Link(built.ref(object), 0, Value::Strong(built.ref(target))));
    }
  });
}

void MeasureLinking(const Graph& graph, GraphHeap& built, int runs,
                    Report& report) {
  const uint32_t singles = std::min(graph.object_count, 2'000'000u);
  std::vector<double> batch_seconds;
  std::vector<double> single_seconds;
  for (int run = 0; run < runs; ++run) {
    batch_seconds.push_back(bench::TimeOf([&] { built.Link(); }));
    single_seconds.push_back(TimeSingleLinks(graph, built, singles));
  }
  report.AddTimes(LabelsOf("link, random", "one by one", graph.object_count),
                  single_seconds, singles);
  report.AddTimes(
      LabelsOf("link, random", "batches of 1024", graph.object_count),
      batch_seconds, graph.targets.size());
}

// What the heap takes, the bitmap and other memory beside it included.
void AddSizes(const Graph& graph, uint64_t resident_before, GraphHeap& built,
              Report& report) {
  bench::ResetPeakResidentBytes();
  built.heap().Collect();
  const uint64_t peak = bench::PeakResidentBytes();
  const uint64_t resident = bench::ResidentBytes();
  const double objects = graph.object_count;
  const HeapStats stats = built.heap()->Stats();
  const auto add = [&](const char* variant, uint64_t bytes) {
    report.AddFigure(LabelsOf("bytes an object", variant, graph.object_count),
                     "bytes_per_object", static_cast<double>(bytes) / objects,
                     "bytes");
  };
  add("self size", stats.used_bytes);
  add("committed", stats.committed_bytes);
  add("resident", resident - std::min(resident, resident_before));
  add("resident while marked", peak - std::min(peak, resident_before));
}

// Returns the marking rate.
double MeasureCollections(const Graph& graph, GraphHeap& built, int runs,
                          Report& report) {
  std::vector<double> mark_seconds;
  std::vector<double> sweep_seconds;
  std::vector<double> seconds;
  for (int run = 0; run < runs; ++run) {
    Collection collection;
    seconds.push_back(
        bench::TimeOf([&] { collection = built.heap().Collect(); }));
    HEAPD_CHECK(collection.object_count_after == graph.object_count);
    mark_seconds.push_back(absl::ToDoubleSeconds(collection.mark_duration));
    sweep_seconds.push_back(absl::ToDoubleSeconds(collection.sweep_duration));
  }
  const uint32_t objects = graph.object_count;
  const double rate = report.AddTimes(LabelsOf("mark", graph.name, objects),
                                      mark_seconds, objects);
  report.AddTimes(LabelsOf("sweep, nothing dead", graph.name, objects),
                  sweep_seconds, objects);
  report.AddTimes(LabelsOf("collect, nothing dead", graph.name, objects),
                  seconds, objects);
  return rate;
}

// The textbook collector: pointers between objects, no table, no prefetch. One
// run tells enough. Returns its marking rate.
double MeasureNaivePeer(const Graph& graph, Report& report) {
  layout_bench::PointerLayout peer(graph);
  layout_bench::MarkState state(peer.positions(),
                                graph.targets.size() + graph.object_count);
  std::vector<uint32_t> roots;
  for (const uint32_t root : graph.roots) roots.push_back(peer.Root(root));
  state.Clear();
  const double seconds = bench::TimeOf(
      [&] { layout_bench::MarkPointersNaively(peer, roots, state); });
  HEAPD_CHECK(peer.CountMarked(state) == graph.object_count);
  return report.AddTimes(
      LabelsOf("mark, naive pointers", graph.name, graph.object_count),
      {seconds}, graph.object_count);
}

// Returns the marking rate.
double MeasureHeap(const Graph& graph, int runs, bool details, Report& report) {
  GraphHeap built(graph);
  // With the refs that a client would keep, 8 bytes an object, which are not
  // the heap's.
  const uint64_t resident_before = bench::ResidentBytes();
  built.Allocate();
  built.Link();
  built.HoldByRootsOnly();
  if (details) {
    AddSizes(graph, resident_before, built, report);
    MeasureLinking(graph, built, runs, report);
  }
  return MeasureCollections(graph, built, runs, report);
}

double MeasureGraph(const Graph& graph, int runs, bool details,
                    Report& report) {
  const double rate = MeasureHeap(graph, runs, details, report);
  const double naive = MeasureNaivePeer(graph, report);
  report.AddFigure(LabelsOf("mark", graph.name, graph.object_count),
                   "ratio_to_naive_pointers", rate / naive, "times as fast");
  return rate;
}

}  // namespace

void MeasureRandomGraph(uint32_t objects, int runs, Report& report) {
  const double rate = MeasureGraph(
      layout_bench::RandomGraph("random", objects, 0), runs, true, report);
  if (objects < kMarkTargetObjects) return;
  report.AddTargetAtLeast(absl::StrCat("marking of ", objects, " objects"),
                          rate, kMarkTarget, "objects/s");
}

void MeasureLeaves(uint32_t objects, int runs, Report& report) {
  Graph graph = layout_bench::LeavesGraph("shuffled leaves", objects);
  MeasureGraph(graph, runs, false, report);
  graph.name = "leaves in order";
  std::sort(graph.placement.begin(), graph.placement.end());
  MeasureGraph(graph, runs, false, report);
}

void MeasureHeldGraph(uint32_t objects, int runs, Report& report) {
  Graph graph = layout_bench::RandomGraph("random, in arrays", objects, 0);
  layout_bench::HoldByArrays(graph);
  MeasureHeap(graph, runs, false, report);
}

void MeasureList(uint32_t objects, int runs, Report& report) {
  MeasureHeap(layout_bench::ListGraph("list in order", objects), runs, false,
              report);
}

}  // namespace heapd::heap_bench
