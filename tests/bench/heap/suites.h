#ifndef HEAPD_TESTS_BENCH_HEAP_SUITES_H_
#define HEAPD_TESTS_BENCH_HEAP_SUITES_H_

#include <cstdint>
#include <string>
#include <vector>

#include "tests/bench/support/report.h"

namespace heapd::heap_bench {

using bench::Labels;
using bench::Report;

inline Labels LabelsOf(const std::string& measure, const std::string& variant,
                       uint32_t objects) {
  return {{"measure", measure}, {"variant", variant}, {"objects", objects}};
}

// Each measures one thing `runs` times with so many objects, each of 32 bytes
// of payload and two slots, and adds it to the report.

// Allocation in fresh memory, one by one and in batches; malloc beside it.
void MeasureAllocation(uint32_t objects, int runs, Report& report);

// Objects that live as long as the scope of their batch, as in the daemon's
// calls that rpc_bench makes; collections included.
void MeasureScopes(uint32_t objects, int runs, Report& report);

// A graph with random links: linking it, what it takes in memory, and
// collections in which everything lives; a naive pointer walk beside it.
void MeasureRandomGraph(uint32_t objects, int runs, Report& report);

// The same for leaves that one array (or as few as can be) refers to.
void MeasureLeaves(uint32_t objects, int runs, Report& report);

// Marking only, of what tests/bench/compare.sh has other collectors mark: the
// same graph, each object of which an array refers to as well, and a list.
void MeasureHeldGraph(uint32_t objects, int runs, Report& report);
void MeasureList(uint32_t objects, int runs, Report& report);

// Sweeping with nothing, scattered halves and everything dead, and allocation
// in the gaps.
void MeasureSweep(uint32_t objects, int runs, Report& report);

// Objects nine of ten of which die at once, beside a population that stays:
// the rate, collections included, and how long a caller waits for a batch, both
// by the clock. Each run allocates `allocations` of them.
void MeasureShortLived(uint32_t objects, uint32_t allocations, int runs,
                       Report& report);

// Random objects replaced by new ones, collections included; malloc and free
// beside it.
void MeasureChurn(uint32_t objects, int runs, Report& report);

// Reads by ref over heaps of each size; pointers beside it.
void MeasureReads(const std::vector<uint32_t>& sizes, int runs, Report& report);

}  // namespace heapd::heap_bench

#endif  // HEAPD_TESTS_BENCH_HEAP_SUITES_H_
