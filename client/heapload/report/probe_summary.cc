#include "client/heapload/report/probe_summary.h"

#include <algorithm>
#include <cmath>
#include <vector>

namespace heapd::heapload {
namespace {

// REQUIRES: `sorted` is not empty. `per_ten_thousand` is an integer since 0.999
// times a count may round up to more than it is.
double Percentile(const std::vector<double>& sorted, size_t per_ten_thousand) {
  const size_t rank = (sorted.size() * per_ten_thousand + 9'999) / 10'000;
  return sorted[std::max<size_t>(rank, 1) - 1];
}

}  // namespace

ProbeCounts CountProbes(const ProbeSeries& series) {
  ProbeCounts counts;
  counts.probes = series.probes.size();
  for (const HealthProbe& probe : series.probes) {
    switch (probe.outcome) {
      case ProbeOutcome::kServing:
        ++counts.serving;
        break;
      case ProbeOutcome::kNotServing:
        ++counts.not_serving;
        break;
      case ProbeOutcome::kTimeout:
        ++counts.timeouts;
        break;
      case ProbeOutcome::kFailed:
        ++counts.failed;
        break;
    }
  }
  return counts;
}

LatencySummary SummarizeProbes(const ProbeSeries& series) {
  LatencySummary summary;
  if (series.probes.empty()) return summary;
  std::vector<double> latencies;
  latencies.reserve(series.probes.size());
  for (const HealthProbe& probe : series.probes) {
    latencies.push_back(probe.latency_seconds);
  }
  std::sort(latencies.begin(), latencies.end());
  summary.count = latencies.size();
  summary.p50 = Percentile(latencies, 5'000);
  summary.p90 = Percentile(latencies, 9'000);
  summary.p99 = Percentile(latencies, 9'900);
  summary.p999 = Percentile(latencies, 9'990);
  summary.p9999 = Percentile(latencies, 9'999);
  summary.max = latencies.back();
  return summary;
}

}  // namespace heapd::heapload
