#include "server/metrics/metrics_collector.h"

#include <algorithm>
#include <map>
#include <memory>
#include <utility>

#include "absl/status/status.h"
#include "absl/time/clock.h"
#include "server/metrics/heap_samples.h"
#include "server/metrics/process_figures.h"
#include "server/ops/version.h"

namespace heapd::server {
namespace {

constexpr CallClass kClasses[] = {CallClass::kAllocate, CallClass::kRead,
                                  CallClass::kAdminister};

constexpr absl::string_view kOutcomes[kSnapshotOutcomeCount] = {
    "ready", "failed", "cancelled"};

double ToDouble(uint64_t value) { return static_cast<double>(value); }

double ToSeconds(absl::Time time) {
  return absl::ToDoubleSeconds(time - absl::UnixEpoch());
}

void AddProcess(MetricPage* page) {
  const ProcessFigures process = ReadProcessFigures();
  page->Add("process_start_time_seconds", ToSeconds(process.start_time));
  page->Add("process_cpu_seconds_total",
            absl::ToDoubleSeconds(process.cpu_time));
  page->Add("process_resident_memory_bytes", ToDouble(process.resident_bytes));
  page->Add("process_virtual_memory_bytes", ToDouble(process.virtual_bytes));
  page->Add("process_open_fds", ToDouble(process.open_descriptor_count));
  page->Add("process_max_fds", ToDouble(process.max_descriptor_count));
  page->Add("process_threads", ToDouble(process.thread_count));
}

void AddRefusals(const AdmissionCounters::Figures& figures, MetricPage* page) {
  for (size_t i = 0; i < kRefusalReasonCount; ++i) {
    const absl::string_view reason = NameOf(static_cast<RefusalReason>(i));
    for (const CallClass call_class : kClasses) {
      page->Add("heapd_admission_refused_calls_total",
                {{"class", NameOf(call_class)}, {"reason", reason}},
                ToDouble(figures.refused[i][static_cast<size_t>(call_class)]));
    }
  }
  for (size_t i = 0; i < kDropPointCount; ++i) {
    const absl::string_view point = NameOf(static_cast<DropPoint>(i));
    page->Add("heapd_admission_dropped_calls_total",
              {{"cause", "expired"}, {"point", point}},
              ToDouble(figures.expired[i]));
    page->Add("heapd_admission_dropped_calls_total",
              {{"cause", "cancelled"}, {"point", point}},
              ToDouble(figures.cancelled[i]));
  }
}

void AddBounds(absl::string_view party, const WorkBounds& bounds,
               MetricPage* page) {
  page->Add("heapd_admission_limit_calls", {{"party", party}},
            static_cast<double>(bounds.calls));
  page->Add("heapd_admission_limit_bytes", {{"party", party}},
            ToDouble(bounds.bytes));
}

// How much of the limits on snapshots is used.
void AddQuota(const SnapshotCatalog& catalog, MetricPage* page) {
  const auto add = [page](absl::string_view limit, uint64_t used,
                          uint64_t most) {
    if (most == 0) return;
    page->Add("heapd_snapshot_quota_used_ratio", {{"limit", limit}},
              ToDouble(used) / ToDouble(most));
  };
  const CaptureBudget::Usage usage = catalog.capture_usage();
  const CaptureLimits& limits = catalog.options().captures;
  add("max_running", static_cast<uint64_t>(catalog.running()),
      static_cast<uint64_t>(catalog.options().max_running));
  add("max_per_hour", usage.captures, limits.max_per_hour);
  add("max_bytes_per_day", usage.bytes, limits.max_bytes_per_day);
}

struct Stored {
  uint64_t count = 0;
  uint64_t bytes = 0;
};

}  // namespace

MetricsCollector::MetricsCollector(const MetricsSources& sources)
    : sources_(sources), ledger_(sources.max_heaps) {}

std::string MetricsCollector::Scrape(
    absl::FunctionRef<bool(absl::string_view)> shows) {
  MetricPage page;
  AddDaemon(&page);
  AddHeaps(shows, &page);
  AddAdmission(&page);
  AddCalls(&page);
  AddSnapshots(shows, &page);
  AddProcess(&page);
  return page.Text();
}

void MetricsCollector::AddDaemon(MetricPage* page) const {
  Services& services = *sources_.services;
  const MemoryBudget& budget = services.registry().budget();
  page->Add("heapd_build_info", {{"version", Version()}}, 1);
  page->Add("heapd_ready",
            sources_.readiness->Get("") == ServingState::kServing ? 1 : 0);
  page->Add("heapd_memory_budget_bytes", ToDouble(budget.total_bytes()));
  page->Add("heapd_memory_charged_bytes", ToDouble(budget.charged_bytes()));
  page->Add("heapd_answers_bytes", ToDouble(services.answers().used_bytes()));
  for (const auto& [pool, time] : services.PoolTimes()) {
    page->Add("heapd_pool_cpu_seconds_total", {{"pool", pool}},
              absl::ToDoubleSeconds(time));
  }
}

std::vector<HeapLedger::Entry> MetricsCollector::Look(
    HeapTotals* other_totals) {
  const absl::MutexLock lock(&mu_);
  std::vector<HeapLedger::Entry> heaps =
      ledger_.Update(sources_.services->registry().All());
  *other_totals = ledger_.other_totals();
  return heaps;
}

void MetricsCollector::AddHeaps(
    absl::FunctionRef<bool(absl::string_view)> shows, MetricPage* page) {
  HeapTotals other_totals;
  const std::vector<HeapLedger::Entry> heaps = Look(&other_totals);
  for (const HeapLedger::Entry& heap : heaps) {
    if (heap.is_shown && shows(heap.hosted->id())) {
      heap.visit->Begin(heap.hosted);
    }
  }
  const absl::Time visit_end = absl::Now() + kMaxVisit;
  HeapState others;
  bool has_others = false;
  bool sees_others = true;
  size_t seen = 0;
  for (const HeapLedger::Entry& heap : heaps) {
    const bool is_seen = shows(heap.hosted->id());
    if (is_seen) ++seen;
    if (!heap.is_shown) {
      has_others = true;
      sees_others = sees_others && is_seen;
      others.Add(StateOf(*heap.hosted));
    } else if (is_seen) {
      AddHeapSamples(heap.hosted->id(), StateOf(*heap.hosted), heap.totals,
                     page);
      AddOwnSamples(*heap.hosted, heap.totals,
                    heap.visit->Await(std::max(absl::ZeroDuration(),
                                               visit_end - absl::Now())),
                    page);
    }
  }
  page->Add("heapd_heaps", ToDouble(seen));
  if (has_others && sees_others) {
    AddHeapSamples(kOtherHeaps, others, other_totals, page);
  }
}

void MetricsCollector::AddAdmission(MetricPage* page) const {
  const Services& services = *sources_.services;
  const Admission& admission = services.admission();
  page->Add("heapd_admission_calls_in_flight",
            static_cast<double>(admission.calls()));
  page->Add("heapd_admission_bytes_in_flight", ToDouble(admission.bytes()));
  page->Add("heapd_admission_peak_calls_in_flight",
            static_cast<double>(admission.peak_calls()));
  page->Add("heapd_admission_peak_bytes_in_flight",
            ToDouble(admission.peak_bytes()));
  AddBounds("daemon", admission.limits().daemon, page);
  AddBounds("heap", admission.limits().heap, page);
  AddBounds("session", admission.limits().session, page);
  const AdmissionCounters::Figures figures =
      services.admission_counters().Read();
  for (const CallClass call_class : kClasses) {
    page->Add("heapd_admission_admitted_calls_total",
              {{"class", NameOf(call_class)}},
              ToDouble(figures.admitted[static_cast<size_t>(call_class)]));
  }
  AddRefusals(figures, page);
}

void MetricsCollector::AddCalls(MetricPage* page) const {
  for (const CallMeter::MethodFigures& method :
       sources_.services->call_meter().Read()) {
    for (size_t code = 0; code < CallMeter::kCodeCount; ++code) {
      if (method.count_by_code[code] == 0) continue;
      page->Add("heapd_rpc_calls_total",
                {{"service", method.service},
                 {"method", method.method},
                 {"code", absl::StatusCodeToString(
                              static_cast<absl::StatusCode>(code))}},
                ToDouble(method.count_by_code[code]));
    }
    if (method.durations.count() == 0) continue;
    page->Add("heapd_rpc_duration_seconds",
              {{"service", method.service}, {"method", method.method}},
              method.durations);
  }
}

void MetricsCollector::AddSnapshots(
    absl::FunctionRef<bool(absl::string_view)> shows, MetricPage* page) const {
  if (sources_.catalog == nullptr) return;
  const SnapshotMeter::Figures figures =
      sources_.services->snapshot_meter().Read();
  for (size_t trigger = 0; trigger < kSnapshotTriggerCount; ++trigger) {
    for (size_t outcome = 0; outcome < kSnapshotOutcomeCount; ++outcome) {
      page->Add(
          "heapd_snapshots_ended_total",
          {{"trigger", TriggerName(static_cast<SnapshotTrigger>(trigger))},
           {"outcome", kOutcomes[outcome]}},
          ToDouble(figures.count[trigger][outcome]));
    }
  }
  page->Add("heapd_snapshot_duration_seconds", {}, figures.durations);
  page->Add("heapd_snapshot_pause_seconds", {}, figures.pauses);
  page->Add("heapd_snapshot_written_bytes_total",
            ToDouble(figures.written_bytes));
  page->Add("heapd_snapshots_running",
            static_cast<double>(sources_.catalog->running()));
  AddQuota(*sources_.catalog, page);
  std::map<std::string, Stored> by_destination;
  std::map<std::string, absl::Time> newest;
  for (const SnapshotRecord& snapshot : sources_.catalog->Ready()) {
    Stored& stored = by_destination[snapshot.storage];
    ++stored.count;
    stored.bytes += snapshot.size_bytes;
    const auto [entry, is_new] =
        newest.emplace(snapshot.heap, snapshot.create_time);
    if (!is_new) entry->second = std::max(entry->second, snapshot.create_time);
  }
  for (const auto& [destination, stored] : by_destination) {
    const MetricPage::Labels labels = {{"destination", destination}};
    page->Add("heapd_snapshots_stored", labels, ToDouble(stored.count));
    page->Add("heapd_snapshots_stored_bytes", labels, ToDouble(stored.bytes));
  }
  for (const auto& [heap, time] : newest) {
    if (!shows(heap)) continue;
    page->Add("heapd_snapshot_last_success_timestamp_seconds", {{"heap", heap}},
              ToSeconds(time));
  }
}

}  // namespace heapd::server
