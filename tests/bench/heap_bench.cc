// Measures the engine through its public API: allocation, links, collections,
// churn and reads, over as many objects as asked for.
//
//   heap_bench [--objects N]... [--suites NAME]... [--allocations N]
//              [--runs N] [--quick] [--json FILE]
//
// Times are processor time of the one thread that works, except those of
// marking and sweeping, which the engine takes itself, and those of short-lived
// objects: they are by the clock.

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdint>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "tests/bench/heap/suites.h"
#include "tests/bench/support/report.h"

namespace heapd::heap_bench {
namespace {

struct Settings {
  std::vector<uint32_t> sizes = {1'000'000, 10'000'000};
  std::set<std::string> suites = {"allocate", "scopes", "graph", "leaves",
                                  "sweep",    "churn",  "short", "read"};
  uint32_t allocations = 0;  // of the suite short; 0 leaves it to the size
  int runs = 5;
};

void RunSuites(const Settings& settings, Report& report) {
  using Suite = void (*)(uint32_t, int, Report&);
  const std::pair<const char*, Suite> suites[] = {
      {"allocate", MeasureAllocation}, {"scopes", MeasureScopes},
      {"graph", MeasureRandomGraph},   {"leaves", MeasureLeaves},
      {"sweep", MeasureSweep},         {"churn", MeasureChurn},
      {"held", MeasureHeldGraph},      {"list", MeasureList},
  };
  for (const uint32_t size : settings.sizes) {
    for (const auto& [name, suite] : suites) {
      if (settings.suites.count(name) > 0) suite(size, settings.runs, report);
    }
    if (settings.suites.count("short") == 0) continue;
    const uint32_t allocations = settings.allocations > 0
                                     ? settings.allocations
                                     : std::min(10 * size, 10'000'000u);
    MeasureShortLived(size, allocations, settings.runs, report);
  }
  if (settings.suites.count("read") == 0) return;
  // From a thousand up to the largest size asked for.
  const uint32_t largest =
      *std::max_element(settings.sizes.begin(), settings.sizes.end());
  std::vector<uint32_t> sizes;
  for (uint64_t size = 1000; size <= largest; size *= 10) {
    sizes.push_back(static_cast<uint32_t>(size));
  }
  MeasureReads(sizes, settings.runs, report);
}

int Main(int argc, char** argv) {
  Settings settings;
  bool quick = false;
  std::string json_path;
  CLI::App app("Measures the engine.");
  auto* const objects =
      app.add_option("--objects", settings.sizes, "objects in the heap")
          ->check(CLI::Range(1'000u, 100'000'000u))
          ->capture_default_str();
  // The others are for tests/bench/compare.sh.
  std::set<std::string> all_suites = settings.suites;
  all_suites.insert({"held", "list"});
  std::vector<std::string> chosen;
  app.add_option("--suites", chosen,
                 "what to measure; all but held and list if not given")
      ->check(CLI::IsMember(all_suites));
  app.add_option("--allocations", settings.allocations,
                 "objects that a run of the suite short allocates; ten times "
                 "those in the heap, and at most 10,000,000, if not given")
      ->check(CLI::Range(1'000u, 1'000'000'000u));
  auto* const runs =
      app.add_option("--runs", settings.runs,
                     "runs of each measurement; the median counts")
          ->check(CLI::Range(1, 1000))
          ->capture_default_str();
  app.add_flag("--quick", quick, "100,000 objects and one run")
      ->excludes(objects)
      ->excludes(runs);
  app.add_option("--json", json_path, "also write the results to this file");
  CLI11_PARSE(app, argc, argv);
  if (quick) {
    settings.sizes = {100'000};
    settings.runs = 1;
  }
  if (!chosen.empty()) settings.suites = {chosen.begin(), chosen.end()};

  Report report({{"objects", settings.sizes},
                 {"runs", settings.runs},
                 {"suites", settings.suites},
                 {"allocations", settings.allocations}});
  RunSuites(settings, report);
  return report.Write(json_path) ? 0 : 1;
}

}  // namespace
}  // namespace heapd::heap_bench

int main(int argc, char** argv) { return heapd::heap_bench::Main(argc, argv); }
