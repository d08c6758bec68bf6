// Settles the object layout: the same graphs in three layouts, marked,
// allocated, read and written. No part of the engine is used; the layouts are
// modelled in tests/bench/layout.
//
//   layout_bench [--objects N]... [--runs N] [--json FILE]

#include <CLI/CLI.hpp>
#include <cstdint>
#include <string>
#include <vector>

#include "tests/bench/layout/graph.h"
#include "tests/bench/layout/object_layout.h"
#include "tests/bench/layout/pointer_layout.h"
#include "tests/bench/layout/suites.h"
#include "tests/bench/layout/table_layout.h"
#include "tests/bench/layout/table_marker.h"
#include "tests/bench/support/report.h"

namespace heapd::layout_bench {
namespace {

// Names: worklist, prefetch distance of entries / of mark bits; none: the plain
// depth-first loop without prefetch.
std::vector<MarkVariant<TableLayout>> TableVariants() {
  constexpr PushStyle kBranching = PushStyle::kBranching;
  return {
      {"stack 32/8", MarkThroughStack<32, 8>},
      {"stack 64/8", MarkThroughStack<64, 8>},
      {"stack 16/8", MarkThroughStack<16, 8>},
      {"stack 8/8", MarkThroughStack<8, 8>},
      {"stack 32/0", MarkThroughStack<32, 0>},
      {"stack 64/0", MarkThroughStack<64, 0>},
      {"stack 32/8 branching", MarkThroughStack<32, 8, kBranching>},
      {"queue 32/0", MarkThroughQueue<32, 0>},
      {"queue 32/8", MarkThroughQueue<32, 8>},
      {"batches of 64", MarkThroughBatches<64>},
      {"none, branch-free", MarkWithoutPrefetch<PushStyle::kBranchFree>, true},
      {"none", MarkWithoutPrefetch<kBranching>, true},
  };
}

std::vector<MarkVariant<ObjectLayout>> ObjectVariants() {
  return {
      {"stack 32/8", MarkObjects<32, 8>},
      {"stack 16/8", MarkObjects<16, 8>},
      {"stack 32/0", MarkObjects<32, 0>},
      {"none", MarkObjectsWithoutPrefetch, true},
  };
}

std::vector<MarkVariant<PointerLayout>> PointerVariants() {
  return {
      {"bitmap 32/32", MarkPointersByBitmap<32, 32>},
      {"bitmap 32/8", MarkPointersByBitmap<32, 8>},
      {"header 32", MarkPointersByHeader<32>},
      {"header 64", MarkPointersByHeader<64>},
      {"none", MarkPointersNaively, true},
  };
}

// The random graph gets every variant and the operations; the other graphs get
// the first variant and the last, which has no prefetch.
template <typename Layout>
void MeasureLayout(const Graph& graph,
                   std::vector<MarkVariant<Layout>> variants, int runs,
                   Report& report) {
  Layout heap(graph);
  const bool all = graph.name == "random";
  if (!all) variants = {variants.front(), variants.back()};
  MeasureMarking(graph, heap, variants, runs, report);
  MeasureBytes(graph, heap, variants.front(), report);
  if (all) MeasureOperations(graph, heap, runs, report);
}

void MeasureGraph(const Graph& graph, int runs, Report& report) {
  MeasureLayout<TableLayout>(graph, TableVariants(), runs, report);
  MeasureLayout<ObjectLayout>(graph, ObjectVariants(), runs, report);
  MeasureLayout<PointerLayout>(graph, PointerVariants(), runs, report);
}

int Main(int argc, char** argv) {
  std::vector<uint32_t> sizes = {1'000'000, 10'000'000};
  int runs = 3;
  std::string json_path;
  CLI::App app("Measures the candidate object layouts.");
  app.add_option("--objects", sizes, "objects per graph")
      ->check(CLI::Range(1'000u, 100'000'000u))
      ->capture_default_str();
  app.add_option("--runs", runs, "runs per measurement; the median counts")
      ->check(CLI::Range(1, 1000))
      ->capture_default_str();
  app.add_option("--json", json_path, "also write the results to this file");
  CLI11_PARSE(app, argc, argv);

  Report report({{"objects", sizes}, {"runs", runs}});
  for (const uint32_t size : sizes) {
    MeasureGraph(RandomGraph("random", size, 0), runs, report);
    MeasureGraph(RandomGraph("mix", size, 2), runs, report);
    MeasureGraph(LeavesGraph("leaves", size), runs, report);
  }
  return report.Write(json_path) ? 0 : 1;
}

}  // namespace
}  // namespace heapd::layout_bench

int main(int argc, char** argv) {
  return heapd::layout_bench::Main(argc, argv);
}
