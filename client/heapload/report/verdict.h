#ifndef HEAPD_CLIENT_HEAPLOAD_REPORT_VERDICT_H_
#define HEAPD_CLIENT_HEAPLOAD_REPORT_VERDICT_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "client/heapload/report/balancer.h"
#include "client/heapload/run_report.h"

namespace heapd::heapload {

// What would have become of the instance under a rule.
enum class Fate {
  kKept,      // no balancer with this rule would have acted, whenever it asks
  kKilled,    // by a check of liveness: ended and started anew
  kTakenOut,  // by any other check: no traffic for a while
  kUnknown,   // the probes cannot tell; Verdict::why_unknown says why
};

// What a rule does to an instance whose checks of this series fail: kKilled for
// "liveness", kTakenOut for any other.
Fate FateOf(absl::string_view series);

// A time without traffic; it lasted until the end of the run if `in` is empty.
struct Outage {
  double out_seconds = 0;
  std::optional<double> in_seconds;
};

// Computed by asking at the rule's own interval, beginning at each probe of the
// first interval in turn (a balancer's clock is not ours), and reading the
// probe nearest to each time at which the balancer would have asked. A probe
// failed that was not SERVING or took longer than the rule's timeout. The worst
// beginning counts: for liveness the earliest death, else the longest time out.
struct Verdict {
  BalancerRule rule;
  std::string series;
  Fate fate = Fate::kUnknown;
  // Of the worst beginning, in order. One, and final, if kKilled.
  std::vector<Outage> outages;
  int beginnings = 0;           // that were tried
  int beginnings_that_act = 0;  // of those, that killed or took out
  // Failures in a row with which the run ended, at the worst beginning, where
  // they were too few to act on.
  int failures_at_end = 0;
  std::string why_unknown;
};

// One for each series that the rule is about; one kUnknown if there is none.
std::vector<Verdict> ApplyRule(const RunReport& report,
                               const BalancerRule& rule);

// The same for one series.
Verdict ApplyRule(const ProbeSeries& series, const BalancerRule& rule);

// A plain sentence, such as "a balancer that asks every 5 s (timeout 1 s, 3
// failures in a row) would have killed this instance at 12.3 s".
std::string DescribeVerdict(const Verdict& verdict);

}  // namespace heapd::heapload

#endif  // HEAPD_CLIENT_HEAPLOAD_REPORT_VERDICT_H_
