#ifndef HEAPD_CLIENT_HEAPLOAD_REPORT_PROBE_SUMMARY_H_
#define HEAPD_CLIENT_HEAPLOAD_REPORT_PROBE_SUMMARY_H_

#include <cstdint>

#include "client/heapload/run_report.h"

namespace heapd::heapload {

// What became of the health checks of a series.
struct ProbeCounts {
  uint64_t probes = 0;
  uint64_t serving = 0;
  uint64_t not_serving = 0;
  uint64_t timeouts = 0;
  uint64_t failed = 0;
};

ProbeCounts CountProbes(const ProbeSeries& series);

// Latencies of all probes, those that timed out or failed with the time after
// which they did. A percentile is the smallest latency that at least so many
// of the probes kept.
LatencySummary SummarizeProbes(const ProbeSeries& series);

}  // namespace heapd::heapload

#endif  // HEAPD_CLIENT_HEAPLOAD_REPORT_PROBE_SUMMARY_H_
