#include "server/ops/rule_entry.h"

#include <array>
#include <cmath>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "heap/base/check.h"
#include "heap/base/status_macros.h"
#include "server/ops/config_entry.h"
#include "server/ops/config_value.h"

namespace heapd::server {
namespace {

constexpr absl::string_view kWhat = "rule";

constexpr std::array<EntryKey<RuleEntry>, 12> kKeys = {{
    {"name", &RuleEntry::name},
    {"heap", &RuleEntry::heap},
    {"metric", &RuleEntry::metric},
    {"above", &RuleEntry::above},
    {"below", &RuleEntry::below},
    {"window", &RuleEntry::window},
    {"action", &RuleEntry::action},
    {"limit", &RuleEntry::limit},
    {"period", &RuleEntry::period},
    {"label", &RuleEntry::label},
    {"destination", &RuleEntry::destination},
    {"compression", &RuleEntry::compression},
}};

// In the order of RuleMetric.
constexpr std::array<RuleMetricInfo, 10> kMetrics = {{
    {RuleMetric::kUsedBytes, "used_bytes", MetricUnit::kBytes, false,
     "What the heap uses, garbage included"},
    {RuleMetric::kUsedRatio, "used_ratio", MetricUnit::kRatio, false,
     "The same as a part of the heap's limit"},
    {RuleMetric::kLiveBytes, "live_bytes", MetricUnit::kBytes, false,
     "What was left after the last major collection"},
    {RuleMetric::kObjectCount, "object_count", MetricUnit::kCount, false,
     "Objects, garbage included"},
    {RuleMetric::kCurrentMutatorUtilization, "current_mutator_utilization",
     MetricUnit::kRatio, false,
     "The part of the time that the last major collection left to callers, "
     "from the end of the one before (`heapctl gc watch`)"},
    {RuleMetric::kGrowthBytesPerHour, "growth_bytes_per_hour",
     MetricUnit::kBytes, false,
     "How fast what lives after major collections grows, by the leak verdict; "
     "unknown while that is too early"},
    {RuleMetric::kPauseP99, "pause_p99", MetricUnit::kDuration, true,
     "The longest pause of each collection in the window, at the 99th "
     "percentile, up to 25 % too long"},
    {RuleMetric::kLongestPause, "longest_pause", MetricUnit::kDuration, true,
     "The longest pause in the window, up to 25 % too long"},
    {RuleMetric::kMutatorUtilization, "mutator_utilization", MetricUnit::kRatio,
     true, "The part of the window that collections left to callers"},
    {RuleMetric::kRefusedCallsPerSecond, "refused_calls_per_second",
     MetricUnit::kCount, true,
     "Calls refused with OVERLOADED, HEAP_LIMIT or BUDGET, a second, on "
     "average over the window"},
}};

const RuleMetricInfo* FindMetric(absl::string_view name) {
  for (const RuleMetricInfo& info : kMetrics) {
    if (info.name == name) return &info;
  }
  return nullptr;
}

absl::StatusOr<RuleAction> ReadAction(absl::string_view text) {
  if (text == "snapshot") return RuleAction::kSnapshot;
  if (text == "collect") return RuleAction::kCollect;
  if (text == "log") return RuleAction::kLog;
  return absl::InvalidArgumentError("must be snapshot, collect or log");
}

absl::StatusOr<double> ReadNumber(absl::string_view text) {
  double number = 0;
  if (absl::SimpleAtod(text, &number) && std::isfinite(number) && number >= 0) {
    return number;
  }
  return absl::InvalidArgumentError("must be a number, 0 or more");
}

absl::StatusOr<double> ReadThreshold(MetricUnit unit, absl::string_view text) {
  switch (unit) {
    case MetricUnit::kBytes: {
      HEAPD_ASSIGN_OR_RETURN(const uint64_t bytes, ParseSize(text));
      return static_cast<double>(bytes);
    }
    case MetricUnit::kDuration: {
      absl::Duration duration;
      HEAPD_RETURN_IF_ERROR(ReadEntryValue(text, &duration));
      if (duration < absl::ZeroDuration()) break;
      return absl::ToDoubleSeconds(duration);
    }
    case MetricUnit::kRatio: {
      HEAPD_ASSIGN_OR_RETURN(const double ratio, ReadNumber(text));
      if (ratio > 1) return absl::InvalidArgumentError("must be 0 to 1");
      return ratio;
    }
    case MetricUnit::kCount:
      return ReadNumber(text);
  }
  return absl::InvalidArgumentError("must not be negative");
}

absl::Status UnknownMetric(const RuleEntry& entry) {
  std::vector<absl::string_view> names;
  names.reserve(kMetrics.size());
  for (const RuleMetricInfo& info : kMetrics) names.push_back(info.name);
  return WrongEntry(
      kWhat, entry.name, "metric",
      absl::StrCat("must be one of ", absl::StrJoin(names, ", ")));
}

absl::Status CheckCondition(const RuleEntry& entry) {
  const RuleMetricInfo* const metric = FindMetric(entry.metric);
  if (metric == nullptr) return UnknownMetric(entry);
  if (entry.above.empty() == entry.below.empty()) {
    return WrongEntry(kWhat, entry.name, "above",
                      "or below is required, and only one of them");
  }
  const absl::string_view key = entry.above.empty() ? "below" : "above";
  const absl::Status read =
      ReadThreshold(metric->unit,
                    entry.above.empty() ? entry.below : entry.above)
          .status();
  if (!read.ok()) return WrongEntry(kWhat, entry.name, key, read.message());
  if (entry.window < absl::ZeroDuration() || entry.window > absl::Hours(24)) {
    return WrongEntry(kWhat, entry.name, "window", "must be 0 to 24h");
  }
  if (metric->of_window && entry.window < absl::Seconds(1)) {
    return WrongEntry(kWhat, entry.name, "window",
                      absl::StrCat("must be 1s to 24h, for ", metric->name,
                                   " tells what happens in it"));
  }
  return absl::OkStatus();
}

absl::Status CheckLimits(const RuleEntry& entry) {
  if (entry.limit < 1 || entry.limit > 1000) {
    return WrongEntry(kWhat, entry.name, "limit", "must be 1 to 1000");
  }
  if (entry.period < absl::Seconds(1) || entry.period > absl::Hours(366 * 24)) {
    return WrongEntry(kWhat, entry.name, "period", "must be 1s to 8784h");
  }
  return absl::OkStatus();
}

absl::Status Check(const RuleEntry& entry) {
  HEAPD_RETURN_IF_ERROR(CheckEntryName(kWhat, entry.name));
  HEAPD_RETURN_IF_ERROR(CheckHeapPattern(kWhat, entry.name, entry.heap));
  HEAPD_RETURN_IF_ERROR(CheckCondition(entry));
  HEAPD_RETURN_IF_ERROR(CheckLimits(entry));
  const absl::StatusOr<RuleAction> action = ReadAction(entry.action);
  if (!action.ok()) {
    return WrongEntry(kWhat, entry.name, "action", action.status().message());
  }
  if (*action != RuleAction::kSnapshot) {
    const RuleEntry defaults;
    for (const auto& [key, field] :
         {std::pair{"label", &RuleEntry::label},
          std::pair{"destination", &RuleEntry::destination},
          std::pair{"compression", &RuleEntry::compression}}) {
      if (entry.*field == defaults.*field) continue;
      return WrongEntry(kWhat, entry.name, key, "is for action snapshot only");
    }
  }
  return CheckSnapshotTerms(kWhat, entry.name, entry.label, entry.compression);
}

}  // namespace

absl::Span<const RuleMetricInfo> RuleMetrics() { return kMetrics; }

const RuleMetricInfo& InfoOf(RuleMetric metric) {
  const RuleMetricInfo& info = kMetrics[static_cast<size_t>(metric)];
  HEAPD_CHECK(info.metric == metric);
  return info;
}

absl::StatusOr<RuleEntry> ParseRuleEntry(absl::string_view text) {
  HEAPD_ASSIGN_OR_RETURN(RuleEntry entry,
                         ReadEntry<RuleEntry>(kWhat, text, kKeys));
  HEAPD_RETURN_IF_ERROR(Check(entry));
  return entry;
}

std::string FormatRuleEntry(const RuleEntry& entry) {
  return FormatEntry<RuleEntry>(entry, kKeys);
}

RuleTerms TermsOf(const RuleEntry& entry) {
  const RuleMetricInfo* const metric = FindMetric(entry.metric);
  HEAPD_CHECK(metric != nullptr);
  RuleTerms terms;
  terms.metric = metric->metric;
  terms.above = !entry.above.empty();
  terms.threshold =
      ReadThreshold(metric->unit, terms.above ? entry.above : entry.below)
          .value();
  terms.action = ReadAction(entry.action).value();
  return terms;
}

}  // namespace heapd::server
