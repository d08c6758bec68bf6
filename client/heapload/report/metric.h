#ifndef HEAPD_CLIENT_HEAPLOAD_REPORT_METRIC_H_
#define HEAPD_CLIENT_HEAPLOAD_REPORT_METRIC_H_

#include <string>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "client/heapload/report/units.h"
#include "client/heapload/report/verdict.h"
#include "client/heapload/run_report.h"

namespace heapd::heapload {

// Of what a metric can be asked: a bit for each.
enum MetricScope : unsigned {
  kOfRun = 1,     // the whole run; written without a scope
  kOfPhase = 2,   // peak.p99
  kOfProbes = 4,  // liveness.missed
  kOfErrors = 8,  // takes a class of errors: errors.HEAP_LIMIT
};

struct MetricInfo;

// A metric of something, as an SLO names it: [scope.]name[.class].
struct MetricRef {
  std::string scope;  // of a phase or a probe series; empty: the whole run
  const MetricInfo* info = nullptr;
  std::string error_class;  // of kOfErrors; empty: all classes

  std::string ToString() const;
};

// What a run yielded for a metric.
struct MetricValue {
  bool known = false;
  double value = 0;  // in the metric's unit
  double whole = 0;  // what a percentage is of; 0 if there is none
  std::string why_unknown;
};

// What a metric is computed from: calls (of the run or a phase) or probes.
struct MetricSubject {
  const RunReport& report;
  absl::Span<const Verdict> verdicts;
  const CallCounts* calls = nullptr;    // null for probes
  const ProbeSeries* probes = nullptr;  // null for calls
  double seconds = 0;                   // in which the calls were intended
  LatencySummary latency;
  absl::string_view error_class;
};

struct MetricInfo {
  absl::string_view name;
  MetricUnit unit = MetricUnit::kCount;
  unsigned scopes = 0;  // MetricScope, or-ed
  // What "80%" without "of" means; empty where a percentage needs an "of".
  absl::string_view whole;
  absl::string_view help;
  MetricValue (*evaluate)(const MetricSubject& subject) = nullptr;
};

// Every metric that there is, in the order of the help text.
absl::Span<const MetricInfo> Metrics();

// Null if there is none of that name.
const MetricInfo* FindMetric(absl::string_view name);

// Unknown where the run has no such phase or series, or measured nothing: an
// objective must not pass because nobody looked.
MetricValue Evaluate(const RunReport& report,
                     absl::Span<const Verdict> verdicts, const MetricRef& ref);

}  // namespace heapd::heapload

#endif  // HEAPD_CLIENT_HEAPLOAD_REPORT_METRIC_H_
