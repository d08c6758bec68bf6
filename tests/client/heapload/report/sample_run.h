#ifndef HEAPD_TESTS_CLIENT_HEAPLOAD_REPORT_SAMPLE_RUN_H_
#define HEAPD_TESTS_CLIENT_HEAPLOAD_REPORT_SAMPLE_RUN_H_

#include <string>
#include <string_view>

#include "client/heapload/run_report.h"

namespace heapd::heapload {

// A run of two phases, "base" and "peak", of 10 s each, with every part filled:
//   run   2,000 intended, 1,500 ok, 100 unsent, 400 errors: 300 OVERLOADED
//         (with a retry time), 60 HEAP_LIMIT (without), 40 DEADLINE_EXCEEDED
//   base  1,000 intended and ok, p99 10 ms; peak p99 40 ms
RunReport SampleRun();

// Probes from 0 s on, one each `cadence` seconds, by letters: "." SERVING in
// 1 ms, "s" SERVING in 2 s, "n" NOT_SERVING, "t" timeout after 1 s, "f" failed.
ProbeSeries ProbesOf(std::string name, double cadence,
                     std::string_view outcomes);

}  // namespace heapd::heapload

#endif  // HEAPD_TESTS_CLIENT_HEAPLOAD_REPORT_SAMPLE_RUN_H_
