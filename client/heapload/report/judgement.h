#ifndef HEAPD_CLIENT_HEAPLOAD_REPORT_JUDGEMENT_H_
#define HEAPD_CLIENT_HEAPLOAD_REPORT_JUDGEMENT_H_

#include <string>
#include <vector>

#include "absl/types/span.h"
#include "client/heapload/report/balancer.h"
#include "client/heapload/report/slo.h"
#include "client/heapload/report/verdict.h"
#include "client/heapload/run_report.h"

namespace heapd::heapload {

// kUnknown: the run did not measure it, so it does not count as met.
enum class SloOutcome { kMet, kMissed, kUnknown };

struct SloResult {
  Slo slo;
  SloOutcome outcome = SloOutcome::kUnknown;
  std::string actual;  // with its unit, such as "12.4 ms"; empty if unknown
  std::string limit;   // what it was compared with, if the SLO does not say it
  std::string note;    // why it is unknown
};

struct Judgement {
  std::vector<SloResult> slos;    // in the order in which they were given
  std::vector<Verdict> verdicts;  // rule by rule, each series of one together

  // Whether every SLO was met. Verdicts count only through an SLO about them
  // (killed == 0): whoever asks what a rule would do may still accept it.
  bool passed() const;
};

Judgement Judge(const RunReport& report, absl::Span<const Slo> slos,
                absl::Span<const BalancerRule> rules);

}  // namespace heapd::heapload

#endif  // HEAPD_CLIENT_HEAPLOAD_REPORT_JUDGEMENT_H_
