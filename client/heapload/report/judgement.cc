#include "client/heapload/report/judgement.h"

#include <algorithm>
#include <cmath>

#include "absl/strings/str_cat.h"
#include "client/heapload/report/units.h"

namespace heapd::heapload {
namespace {

SloResult Unknown(const SloResult& of, const MetricRef& metric,
                  absl::string_view why) {
  SloResult result = of;
  result.outcome = SloOutcome::kUnknown;
  result.note = absl::StrCat(metric.ToString(), " is unknown: ", why);
  return result;
}

SloResult Settle(SloResult result, double actual, double limit) {
  // 7 % of 100 is not 7 in binary.
  if (std::abs(actual - limit) <= 1e-12 * std::abs(limit)) limit = actual;
  result.outcome = Holds(result.slo.comparison, actual, limit)
                       ? SloOutcome::kMet
                       : SloOutcome::kMissed;
  return result;
}

// Where the whole of a percentage is another metric: both in its unit.
SloResult JudgeAgainst(SloResult result, const MetricValue& value,
                       const MetricValue& whole) {
  const Slo& slo = result.slo;
  if (!whole.known) return Unknown(result, *slo.of, whole.why_unknown);
  const MetricUnit unit = slo.metric.info->unit;
  const double limit = slo.value * whole.value;
  result.actual = Format(unit, value.value);
  if (whole.value > 0) {
    absl::StrAppend(&result.actual, " (",
                    FormatPercent(value.value / whole.value), ")");
  }
  result.limit = Format(unit, limit);
  return Settle(std::move(result), value.value, limit);
}

SloResult JudgeShare(SloResult result, const MetricValue& value) {
  if (value.whole <= 0) {
    return Unknown(result, result.slo.metric,
                   absl::StrCat(result.slo.metric.info->whole,
                                " is 0, so there is no share of it"));
  }
  const double share = value.value / value.whole;
  result.actual =
      absl::StrCat(FormatPercent(share), " (",
                   Format(result.slo.metric.info->unit, value.value), ")");
  const double limit = result.slo.value * value.whole;
  return Settle(std::move(result), value.value, limit);
}

SloResult JudgeSlo(const RunReport& report, const Slo& slo,
                   absl::Span<const Verdict> verdicts) {
  SloResult result;
  result.slo = slo;
  const MetricValue value = Evaluate(report, verdicts, slo.metric);
  if (!value.known) {
    return Unknown(result, slo.metric, value.why_unknown);
  }
  if (slo.of.has_value()) {
    return JudgeAgainst(std::move(result), value,
                        Evaluate(report, verdicts, *slo.of));
  }
  if (slo.relative) return JudgeShare(std::move(result), value);
  result.actual = Format(slo.metric.info->unit, value.value);
  return Settle(std::move(result), value.value, slo.value);
}

}  // namespace

bool Judgement::passed() const {
  return std::all_of(slos.begin(), slos.end(), [](const SloResult& result) {
    return result.outcome == SloOutcome::kMet;
  });
}

Judgement Judge(const RunReport& report, absl::Span<const Slo> slos,
                absl::Span<const BalancerRule> rules) {
  Judgement judgement;
  for (const BalancerRule& rule : rules) {
    for (Verdict& verdict : ApplyRule(report, rule)) {
      judgement.verdicts.push_back(std::move(verdict));
    }
  }
  for (const Slo& slo : slos) {
    judgement.slos.push_back(JudgeSlo(report, slo, judgement.verdicts));
  }
  return judgement;
}

}  // namespace heapd::heapload
