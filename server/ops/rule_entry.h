#ifndef HEAPD_SERVER_OPS_RULE_ENTRY_H_
#define HEAPD_SERVER_OPS_RULE_ENTRY_H_

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/optional.h"
#include "absl/types/span.h"

namespace heapd::server {

// What a rule can look at, of one heap.
enum class RuleMetric : uint8_t {
  // Of this moment: the condition must hold at every look of the window.
  kUsedBytes,
  kUsedRatio,
  kLiveBytes,
  kObjectCount,
  kCurrentMutatorUtilization,
  kGrowthBytesPerHour,
  // Of what happened in the window: the condition must hold at its end.
  kPauseP99,
  kLongestPause,
  kMutatorUtilization,
  kRefusedCallsPerSecond,
};

// In which form thresholds are written.
enum class MetricUnit : uint8_t {
  kBytes,     // a size, such as 512MiB
  kRatio,     // 0 to 1
  kCount,     // a number
  kDuration,  // such as 50ms
};

// One row of what is documented of metrics.
struct RuleMetricInfo {
  RuleMetric metric;
  absl::string_view name;  // in the configuration
  MetricUnit unit;
  bool of_window;  // of what happened in the window
  absl::string_view meaning;
};

// All of them, in the order in which they are documented.
absl::Span<const RuleMetricInfo> RuleMetrics();
const RuleMetricInfo& InfoOf(RuleMetric metric);

enum class RuleAction : uint8_t {
  kSnapshot,
  kCollect,  // a major collection
  kLog,      // nothing but the line that every action writes
};

// What to do when a metric of a heap has been above or below a threshold for a
// while. A value.
struct RuleEntry {
  std::string name;
  std::string heap = "*";  // an id, or the beginning of ids and '*'
  std::string metric;      // the name of a RuleMetric
  std::string above;       // one of both is set
  std::string below;
  absl::Duration window = absl::Minutes(1);
  std::string action = "snapshot";  // snapshot, collect, log
  // At most `limit` actions on a heap in any `period`.
  int64_t limit = 5;
  absl::Duration period = absl::Hours(24);
  // Of snapshots.
  std::string label;
  std::string destination;           // empty for the default
  std::string compression = "none";  // none, zstd, gzip

  friend bool operator==(const RuleEntry&, const RuleEntry&) = default;
};

// Reads one from a YAML map, such as "{name: full, metric: used_ratio, above:
// 0.8}". INVALID_ARGUMENT says what is wrong with which key of which rule.
absl::StatusOr<RuleEntry> ParseRuleEntry(absl::string_view text);

// Writes a map, in one line, that ParseRuleEntry() reads as the same.
std::string FormatRuleEntry(const RuleEntry& entry);

// What the texts of a rule mean. A value.
struct RuleTerms {
  RuleMetric metric = RuleMetric::kUsedBytes;
  bool above = true;     // or below
  double threshold = 0;  // in bytes, as a ratio, a number, or in seconds
  RuleAction action = RuleAction::kSnapshot;
};
// REQUIRES: the rule came from ParseRuleEntry().
RuleTerms TermsOf(const RuleEntry& entry);

}  // namespace heapd::server

#endif  // HEAPD_SERVER_OPS_RULE_ENTRY_H_
