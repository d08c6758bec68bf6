#ifndef HEAPD_SERVER_METRICS_METRICS_COLLECTOR_H_
#define HEAPD_SERVER_METRICS_METRICS_COLLECTOR_H_

#include <cstddef>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/functional/function_ref.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "server/metrics/heap_ledger.h"
#include "server/metrics/metric_page.h"
#include "server/ops/health_board.h"
#include "server/service/services.h"
#include "server/storage/snapshot_catalog.h"

namespace heapd::server {

// What metrics are read from. All outlive the collector.
struct MetricsSources {
  Services* services = nullptr;
  const SnapshotCatalog* catalog = nullptr;  // null without storage
  const HealthBoard* readiness = nullptr;
  // Heaps with series of their own; the rest has the label heap="(other)".
  size_t max_heaps = 100;
};

// Reads all metrics when somebody asks for them: from counters that are there
// anyway, and for some figures of heaps by a call to each, for which it waits
// for kMaxVisit in all. Thread-safe.
class MetricsCollector {
 public:
  static constexpr absl::Duration kMaxVisit = absl::Milliseconds(250);

  explicit MetricsCollector(const MetricsSources& sources);
  MetricsCollector(const MetricsCollector&) = delete;
  MetricsCollector& operator=(const MetricsCollector&) = delete;

  // Prometheus' text format. Heaps for which `shows` is false are left out; the
  // series "(other)" is there for who sees all that is in it.
  std::string Scrape(absl::FunctionRef<bool(absl::string_view)> shows)
      ABSL_LOCKS_EXCLUDED(mu_);

 private:
  std::vector<HeapLedger::Entry> Look(HeapTotals* other_totals)
      ABSL_LOCKS_EXCLUDED(mu_);
  void AddHeaps(absl::FunctionRef<bool(absl::string_view)> shows,
                MetricPage* page) ABSL_LOCKS_EXCLUDED(mu_);
  void AddDaemon(MetricPage* page) const;
  void AddAdmission(MetricPage* page) const;
  void AddCalls(MetricPage* page) const;
  void AddSnapshots(absl::FunctionRef<bool(absl::string_view)> shows,
                    MetricPage* page) const;

  const MetricsSources sources_;
  absl::Mutex mu_;  // before that of the registry
  HeapLedger ledger_ ABSL_GUARDED_BY(mu_);
};

}  // namespace heapd::server

#endif  // HEAPD_SERVER_METRICS_METRICS_COLLECTOR_H_
