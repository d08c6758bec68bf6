#ifndef HEAPD_TESTS_BENCH_SUPPORT_MACHINE_STALLS_H_
#define HEAPD_TESTS_BENCH_SUPPORT_MACHINE_STALLS_H_

#include <vector>

namespace heapd::bench {

// How long programs stand still here that do nothing but read the clock, each
// thread of `threads` for so many seconds: what the machine takes from whoever
// measures waits on it. Every gap of more than a tenth of a millisecond, in
// seconds; at least one value.
std::vector<double> MachineStalls(int threads, double seconds);

}  // namespace heapd::bench

#endif  // HEAPD_TESTS_BENCH_SUPPORT_MACHINE_STALLS_H_
