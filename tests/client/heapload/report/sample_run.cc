#include "tests/client/heapload/report/sample_run.h"

#include <utility>

namespace heapd::heapload {
namespace {

LatencySummary Latency(uint64_t count, double p99) {
  return {count, p99 / 10, p99 / 2, p99, p99 * 2, p99 * 3, p99 * 4};
}

CallCounts PeakCalls() {
  CallCounts calls;
  calls.intended = 1'000;
  calls.ok = 500;
  calls.unsent = 100;
  calls.errors = {
      {"DEADLINE_EXCEEDED", 40}, {"HEAP_LIMIT", 60}, {"OVERLOADED", 300}};
  calls.refused_with_retry = 300;
  calls.refused_without_retry = 60;
  calls.operations = 5'000;
  calls.retries = 7;
  return calls;
}

CallCounts BaseCalls() {
  CallCounts calls;
  calls.intended = 1'000;
  calls.ok = 1'000;
  calls.operations = 10'000;
  return calls;
}

CallCounts AllCalls() {
  CallCounts calls = PeakCalls();
  calls.intended = 2'000;
  calls.ok = 1'500;
  calls.operations = 15'000;
  return calls;
}

}  // namespace

RunReport SampleRun() {
  constexpr uint64_t kMiB = 1 << 20;
  RunReport run;
  run.command_line = "heapload run --profile churn";
  run.started_at = "2026-11-26T08:00:00Z";
  run.machine = "Example CPU, 2 cores";
  run.address = "127.0.0.1:7700";
  run.heap = "bench";
  run.profile = "churn";
  run.schedule = "steps:100@10s:base,100@10s:peak";
  run.seconds = 20;
  run.deadline_seconds = 1;
  run.calls = AllCalls();
  run.latency = Latency(1'500, 0.03);
  run.send_lag = Latency(1'900, 0.0001);
  run.intervals = {{0, 10, BaseCalls(), Latency(1'000, 0.01)},
                   {10, 10, PeakCalls(), Latency(500, 0.04)}};
  run.phases = {{"base", 10, BaseCalls(), Latency(1'000, 0.01)},
                {"peak", 10, PeakCalls(), Latency(500, 0.04)}};
  run.phase_spans = {{"base", 0, 10}, {"peak", 10, 20}};
  run.probes = {ProbesOf("liveness", 1, "..................t."),
                ProbesOf("readiness", 1, "............nnnn....")};
  run.heap_samples = {
      {0, 10 * kMiB, 20 * kMiB, 100 * kMiB, 1'000, 50 * kMiB},
      {15, 90 * kMiB, 95 * kMiB, 100 * kMiB, 9'000, 150 * kMiB},
      {20, 40 * kMiB, 95 * kMiB, 100 * kMiB, 4'000, 140 * kMiB}};
  run.collections = {
      {5, 0.0004, 0.0003, false, "new space", 11 * kMiB, 10 * kMiB},
      {16, 0.5, 0.002, true, "old space", 90 * kMiB, 40 * kMiB}};
  return run;
}

ProbeSeries ProbesOf(std::string name, double cadence,
                     std::string_view outcomes) {
  ProbeSeries series;
  series.name = std::move(name);
  series.address = "127.0.0.1:7702";
  series.timeout_seconds = 1;
  for (size_t i = 0; i < outcomes.size(); ++i) {
    HealthProbe probe;
    probe.intended_seconds = static_cast<double>(i) * cadence;
    probe.latency_seconds = 0.001;
    switch (outcomes[i]) {
      case 's':
        probe.latency_seconds = 2;
        break;
      case 'n':
        probe.outcome = ProbeOutcome::kNotServing;
        break;
      case 't':
        probe.outcome = ProbeOutcome::kTimeout;
        probe.latency_seconds = 1;
        break;
      case 'f':
        probe.outcome = ProbeOutcome::kFailed;
        break;
      default:
        break;
    }
    series.probes.push_back(probe);
  }
  return series;
}

}  // namespace heapd::heapload
