#include "server/metrics/metric_page.h"

#include <prometheus/text_serializer.h>

#include <limits>

#include "heap/base/check.h"
#include "server/metrics/metric_definition.h"

namespace heapd::server {
namespace {

prometheus::MetricType TypeOf(MetricKind kind) {
  switch (kind) {
    case MetricKind::kCounter:
      return prometheus::MetricType::Counter;
    case MetricKind::kGauge:
      return prometheus::MetricType::Gauge;
    case MetricKind::kHistogram:
      return prometheus::MetricType::Histogram;
  }
  return prometheus::MetricType::Untyped;
}

}  // namespace

MetricPage::MetricPage() {
  for (const MetricDefinition& definition : MetricDefinitions()) {
    prometheus::MetricFamily family;
    family.name = std::string(definition.name);
    family.help = std::string(definition.help);
    family.type = TypeOf(definition.kind);
    families_.push_back(std::move(family));
  }
}

prometheus::ClientMetric& MetricPage::NewSample(absl::string_view metric,
                                                Labels labels) {
  const MetricDefinition* const definition = FindMetric(metric);
  HEAPD_CHECK(definition != nullptr);
  prometheus::MetricFamily& family =
      families_[static_cast<size_t>(definition - MetricDefinitions().data())];
  prometheus::ClientMetric& sample = family.metric.emplace_back();
  for (const auto& [name, value] : labels) {
    sample.label.push_back({std::string(name), std::string(value)});
  }
  return sample;
}

void MetricPage::Add(absl::string_view metric, Labels labels, double value) {
  prometheus::ClientMetric& sample = NewSample(metric, labels);
  // The kind of the metric says which of them is written.
  sample.counter.value = value;
  sample.gauge.value = value;
}

void MetricPage::Add(absl::string_view metric, Labels labels,
                     const HistogramFigures& figures) {
  prometheus::ClientMetric::Histogram& histogram =
      NewSample(metric, labels).histogram;
  uint64_t below = 0;
  for (size_t i = 0; i < figures.counts.size(); ++i) {
    below += figures.counts[i];
    const double bound = i < figures.bounds.size()
                             ? static_cast<double>(figures.bounds[i]) * 1e-9
                             : std::numeric_limits<double>::infinity();
    histogram.bucket.push_back({below, bound});
  }
  histogram.sample_count = below;
  histogram.sample_sum = absl::ToDoubleSeconds(figures.sum);
}

std::string MetricPage::Text() const {
  std::vector<prometheus::MetricFamily> with_samples;
  for (const prometheus::MetricFamily& family : families_) {
    if (!family.metric.empty()) with_samples.push_back(family);
  }
  return prometheus::TextSerializer().Serialize(with_samples);
}

}  // namespace heapd::server
