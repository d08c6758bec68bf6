#ifndef HEAPD_TESTS_BENCH_SUPPORT_MACHINE_H_
#define HEAPD_TESTS_BENCH_SUPPORT_MACHINE_H_

#include <cstdint>
#include <nlohmann/json.hpp>

namespace heapd::bench {

// The machine, its load and the build, without which the numbers mean nothing.
nlohmann::ordered_json DescribeMachine();

// What this process has in memory now, in bytes.
uint64_t ResidentBytes();

// The most that it had since the last call of ResetPeakResidentBytes(), or
// since its start where the system cannot reset that.
uint64_t PeakResidentBytes();
void ResetPeakResidentBytes();

}  // namespace heapd::bench

#endif  // HEAPD_TESTS_BENCH_SUPPORT_MACHINE_H_
