#ifndef HEAPD_SERVER_METRICS_METRIC_PAGE_H_
#define HEAPD_SERVER_METRICS_METRIC_PAGE_H_

#include <prometheus/metric_family.h>

#include <initializer_list>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "server/base/histogram.h"

namespace heapd::server {

// The samples of one scrape. Each belongs to a metric of MetricDefinitions();
// to name another one is a mistake of the program. Single-threaded.
class MetricPage {
 public:
  // In the order in which the definition has them.
  using Labels =
      std::initializer_list<std::pair<absl::string_view, absl::string_view>>;

  MetricPage();
  MetricPage(const MetricPage&) = delete;
  MetricPage& operator=(const MetricPage&) = delete;

  void Add(absl::string_view metric, Labels labels, double value);
  void Add(absl::string_view metric, double value) { Add(metric, {}, value); }
  void Add(absl::string_view metric, Labels labels,
           const HistogramFigures& figures);

  // In Prometheus' text format (version 0.0.4), metrics without samples left
  // out.
  std::string Text() const;
  static constexpr absl::string_view kContentType =
      "text/plain; version=0.0.4; charset=utf-8";

 private:
  prometheus::ClientMetric& NewSample(absl::string_view metric, Labels labels);

  std::vector<prometheus::MetricFamily> families_;  // as MetricDefinitions()
};

}  // namespace heapd::server

#endif  // HEAPD_SERVER_METRICS_METRIC_PAGE_H_
