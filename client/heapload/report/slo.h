#ifndef HEAPD_CLIENT_HEAPLOAD_REPORT_SLO_H_
#define HEAPD_CLIENT_HEAPLOAD_REPORT_SLO_H_

#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "client/heapload/report/metric.h"

namespace heapd::heapload {

// An objective that a run must meet, as `--slo` takes it:
//
//   slo        := metric comparison value
//   metric     := [scope "."] name ["." class]
//   comparison := "<" | "<=" | ">" | ">=" | "==" | "!="
//   value      := number [unit] | number "%" ["of" metric]
//
// The scope is a phase of the run or one of its probe series; without one the
// whole run is meant. Blanks may stand between the parts. The names and what
// they take are the table of metrics (metric.h); SloHelp() prints it.
//
//   p99 < 50ms                         latency of the ok calls
//   peak.p99 <= 100ms                  of the phase "peak"
//   goodput >= 80%                     of the intended calls
//   goodput >= 5000                    calls
//   errors.HEAP_LIMIT == 0             calls that failed for this reason
//   liveness.p999 <= 50ms              latency of the liveness probes
//   used <= 90%                        of the heap's limit
//   peak.goodput_rate >= 80% of base.goodput_rate
//   after.p99 <= 150% of before.p99    back to where it was
enum class Comparison {
  kLess,
  kLessOrEqual,
  kGreater,
  kGreaterOrEqual,
  kEqual,
  kNotEqual
};

struct Slo {
  std::string text;  // as it was written, without blanks around it
  MetricRef metric;
  Comparison comparison = Comparison::kLessOrEqual;
  // In the metric's unit; a ratio (0.8 for 80%) if `relative`.
  double value = 0;
  bool relative = false;
  // What a percentage is of, if the expression names it; otherwise what the
  // metric's own whole is (MetricInfo::whole).
  std::optional<MetricRef> of;
};

// INVALID_ARGUMENT says at which column (from 1) what was found and what would
// be right, with the nearest name for a metric that does not exist.
absl::StatusOr<Slo> ParseSlo(absl::string_view text);

// Whether `actual` meets the comparison with `limit`.
bool Holds(Comparison comparison, double actual, double limit);

// The grammar in short and one line for each metric, for --help and the
// documentation.
std::string SloHelp();

}  // namespace heapd::heapload

#endif  // HEAPD_CLIENT_HEAPLOAD_REPORT_SLO_H_
