#ifndef HEAPD_TESTS_BENCH_RPC_LEASES_H_
#define HEAPD_TESTS_BENCH_RPC_LEASES_H_

#include <cstdint>
#include <string>

#include "tests/bench/rpc/load.h"
#include "tests/bench/support/report.h"

namespace heapd::rpc_bench {

struct LeaseSettings {
  uint32_t sessions = 100'000;  // that expire at once
  uint32_t holds = 10;          // of each
  // Of one more session that expires with them.
  uint32_t large_session_holds = 1'000'000;
  LoadOptions load;
};

// Two figures that users of lease services ask for.
//
// How fast sessions are renewed when few are open and when all are.
//
// And what becomes of others when all expire in the same instant: one client of
// the same heap and one of another make a call every half millisecond, the wait
// of which is taken from when it was due; before, while sessions expire, and
// after that. Ends the process when a call fails.
void MeasureLeases(const std::string& address, const LeaseSettings& settings,
                   bench::Report& report);

}  // namespace heapd::rpc_bench

#endif  // HEAPD_TESTS_BENCH_RPC_LEASES_H_
