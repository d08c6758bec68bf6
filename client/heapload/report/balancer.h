#ifndef HEAPD_CLIENT_HEAPLOAD_REPORT_BALANCER_H_
#define HEAPD_CLIENT_HEAPLOAD_REPORT_BALANCER_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"

namespace heapd::heapload {

// How a load balancer or kubelet decides from health checks whether an instance
// stays, as `--balancer` takes it:
//
//   rule := [series ":"] (preset | key "=" value) {"," key "=" value}
//
// with the keys interval and timeout (durations), unhealthy and healthy (how
// many checks in a row). Without a preset all but healthy (1) must be given;
// behind one they replace what it says. Without a series the rule is applied to
// each that the run has.
//
//   liveness:interval=5s,timeout=1s,unhealthy=3,healthy=2
//   kubernetes
//   readiness:aws-alb,interval=10s
struct BalancerRule {
  std::string text;    // as it was written, without blanks around it
  std::string preset;  // its name, if one was given
  std::string series;  // empty: every probe series
  double interval_seconds = 0;
  // A check that takes longer has failed. At most the interval.
  double timeout_seconds = 0;
  int unhealthy = 0;  // failures in a row that take the instance out
  int healthy = 1;    // successes in a row that take it back
};

// INVALID_ARGUMENT names the column, what was found and what would be right.
absl::StatusOr<BalancerRule> ParseBalancerRule(absl::string_view text);

// "every 5 s, timeout 1 s, 3 failures in a row"
std::string DescribeRule(const BalancerRule& rule);

// What a product does unless it is told otherwise.
struct BalancerPreset {
  absl::string_view name;
  double interval_seconds;
  double timeout_seconds;
  int unhealthy;
  int healthy;
  absl::string_view product;
  absl::string_view source;  // where these defaults are documented
};

absl::Span<const BalancerPreset> BalancerPresets();

// The grammar in short and one line for each preset, for --help and the
// documentation.
std::string BalancerHelp();

}  // namespace heapd::heapload

#endif  // HEAPD_CLIENT_HEAPLOAD_REPORT_BALANCER_H_
