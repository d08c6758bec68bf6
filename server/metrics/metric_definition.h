#ifndef HEAPD_SERVER_METRICS_METRIC_DEFINITION_H_
#define HEAPD_SERVER_METRICS_METRIC_DEFINITION_H_

#include "absl/strings/string_view.h"
#include "absl/types/span.h"

namespace heapd::server {

enum class MetricKind { kCounter, kGauge, kHistogram };

// "counter", "gauge", "histogram".
absl::string_view NameOf(MetricKind kind);

// What one metric is. A value.
struct MetricDefinition {
  absl::string_view name;
  MetricKind kind;
  absl::string_view labels;  // "heap, kind"; without `le` of histograms
  absl::string_view help;    // one sentence, without a full stop
};

// Every metric, in the order in which they are documented: /metrics and
// deploy/prometheus/README.md follow it.
absl::Span<const MetricDefinition> MetricDefinitions();

// The definition of that name, or null.
const MetricDefinition* FindMetric(absl::string_view name);

}  // namespace heapd::server

#endif  // HEAPD_SERVER_METRICS_METRIC_DEFINITION_H_
