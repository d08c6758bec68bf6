#include "server/metrics/heap_samples.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "server/host/leak_verdict.h"

namespace heapd::server {
namespace {

constexpr CollectionKind kKinds[] = {CollectionKind::kMajor,
                                     CollectionKind::kMinor};

double ToDouble(uint64_t value) { return static_cast<double>(value); }

double ToSeconds(absl::Time time) {
  return absl::ToDoubleSeconds(time - absl::UnixEpoch());
}

void AddState(absl::string_view heap, const HeapState& state,
              MetricPage* page) {
  const auto add = [heap, page](absl::string_view metric, uint64_t value) {
    page->Add(metric, {{"heap", heap}}, ToDouble(value));
  };
  add("heapd_heap_limit_bytes", state.limit_bytes);
  add("heapd_heap_reservation_bytes", state.reservation_bytes);
  add("heapd_heap_used_bytes", state.used_bytes);
  add("heapd_heap_committed_bytes", state.committed_bytes);
  add("heapd_heap_live_bytes", state.live_bytes);
  add("heapd_heap_objects", state.object_count);
  add("heapd_heap_roots", state.root_count);
  add("heapd_heap_sessions", state.session_count);
  add("heapd_heap_calls_in_flight",
      static_cast<uint64_t>(std::max<int64_t>(0, state.calls_in_flight)));
  add("heapd_heap_bytes_in_flight", state.bytes_in_flight);
  page->Add("heapd_heap_oldest_wait_seconds", {{"heap", heap}},
            absl::ToDoubleSeconds(state.oldest_wait));
  add("heapd_leak_suspected", state.suspected_count);
}

void AddCollections(absl::string_view heap, CollectionKind kind,
                    const HeapMeter::KindFigures& figures, MetricPage* page) {
  const absl::string_view kind_name = NameOf(kind);
  for (size_t i = 0; i < kCollectionReasonCount; ++i) {
    const auto reason = static_cast<CollectionReason>(i);
    // Most reasons are of one kind only.
    if (figures.count_by_reason[i] == 0) continue;
    page->Add("heapd_gc_collections_total",
              {{"heap", heap}, {"kind", kind_name}, {"reason", NameOf(reason)}},
              ToDouble(figures.count_by_reason[i]));
  }
  const MetricPage::Labels labels = {{"heap", heap}, {"kind", kind_name}};
  page->Add("heapd_gc_pause_seconds_total", labels,
            absl::ToDoubleSeconds(figures.pause_duration));
  page->Add("heapd_gc_reclaimed_bytes_total", labels,
            ToDouble(figures.reclaimed_bytes));
  if (figures.durations.count() == 0) return;
  page->Add("heapd_gc_longest_pause_seconds", labels, figures.longest_pauses);
  page->Add("heapd_gc_duration_seconds", labels, figures.durations);
}

void AddTotals(absl::string_view heap, const HeapTotals& totals,
               MetricPage* page) {
  const auto add = [heap, page](absl::string_view metric, uint64_t value) {
    page->Add(metric, {{"heap", heap}}, ToDouble(value));
  };
  add("heapd_heap_ended_leases_total", totals.meter.ended_lease_count);
  add("heapd_heap_refused_calls_total", totals.refused_call_count);
  add("heapd_heap_memory_waits_total", totals.memory_wait_count);
  add("heapd_heap_memory_refusals_total", totals.memory_refusal_count);
  for (const CollectionKind kind : kKinds) {
    AddCollections(heap, kind, totals.meter.kinds[static_cast<size_t>(kind)],
                   page);
  }
  add("heapd_gc_survived_bytes_total", totals.meter.survived_bytes);
  add("heapd_gc_promoted_bytes_total", totals.meter.promoted_bytes);
  add("heapd_gc_moved_bytes_total", totals.meter.moved_bytes);
}

void AddSpaces(absl::string_view heap, const HeapStats& stats,
               MetricPage* page) {
  for (const auto& [space, figures] : stats.spaces) {
    const MetricPage::Labels labels = {{"heap", heap}, {"space", space}};
    page->Add("heapd_heap_space_used_bytes", labels,
              ToDouble(figures.used_bytes));
    page->Add("heapd_heap_space_committed_bytes", labels,
              ToDouble(figures.committed_bytes));
    page->Add("heapd_heap_space_free_bytes", labels,
              ToDouble(figures.free_bytes));
    page->Add("heapd_heap_space_fragmentation_ratio", labels,
              figures.fragmentation_ratio());
    page->Add("heapd_heap_space_pages", labels, ToDouble(figures.page_count));
  }
}

void AddVisit(absl::string_view heap, const HeapVisit::Figures& visit,
              MetricPage* page) {
  const HeapStats& stats = visit.stats;
  const auto add = [heap, page](absl::string_view metric, double value) {
    page->Add(metric, {{"heap", heap}}, value);
  };
  add("heapd_heap_holds", ToDouble(stats.hold_count));
  add("heapd_heap_next_collection_bytes",
      ToDouble(stats.next_collection_bytes));
  add("heapd_heap_allocated_objects_total",
      ToDouble(stats.allocated_object_count));
  add("heapd_heap_allocated_bytes_total", ToDouble(stats.allocated_bytes));
  add("heapd_heap_visit_timestamp_seconds", ToSeconds(visit.time));
  AddSpaces(heap, stats, page);
  for (const auto& minimum : stats.minimum_mutator_utilizations) {
    page->Add("heapd_gc_minimum_mutator_utilization_ratio",
              {{"heap", heap},
               {"window", absl::StrCat(absl::ToDoubleSeconds(minimum.window))}},
              minimum.ratio);
  }
}

void AddLeak(absl::string_view heap, const LeakVerdict& verdict,
             MetricPage* page) {
  const MetricPage::Labels labels = {{"heap", heap}};
  page->Add("heapd_leak_confidence_ratio", labels, verdict.confidence);
  page->Add("heapd_leak_growth_bytes_per_hour", labels,
            verdict.live_bytes.slope_per_hour());
  page->Add("heapd_leak_time_to_limit_seconds", labels,
            absl::ToDoubleSeconds(verdict.time_to_limit));
}

}  // namespace

void HeapState::Add(const HeapState& other) {
  limit_bytes += other.limit_bytes;
  reservation_bytes += other.reservation_bytes;
  used_bytes += other.used_bytes;
  committed_bytes += other.committed_bytes;
  live_bytes += other.live_bytes;
  object_count += other.object_count;
  root_count += other.root_count;
  session_count += other.session_count;
  calls_in_flight += other.calls_in_flight;
  bytes_in_flight += other.bytes_in_flight;
  oldest_wait = std::max(oldest_wait, other.oldest_wait);
  suspected_count += other.suspected_count;
}

HeapState StateOf(const HostedHeap& hosted) {
  const HeapFigures figures = hosted.figures();
  HeapState state;
  state.limit_bytes = figures.limit_bytes;
  state.reservation_bytes = figures.reservation_bytes;
  state.used_bytes = figures.used_bytes;
  state.committed_bytes = figures.committed_bytes;
  state.live_bytes = hosted.counters().Read().live_bytes;
  state.object_count = figures.object_count;
  state.root_count = figures.root_count;
  state.session_count = figures.session_count;
  state.calls_in_flight = hosted.in_flight().calls();
  state.bytes_in_flight = hosted.in_flight().bytes();
  state.oldest_wait = hosted.OldestWaitingAge();
  state.suspected_count =
      hosted.leak_verdict().state == LeakState::kSuspected ? 1 : 0;
  return state;
}

void AddHeapSamples(absl::string_view heap, const HeapState& state,
                    const HeapTotals& totals, MetricPage* page) {
  AddState(heap, state, page);
  AddTotals(heap, totals, page);
}

void AddOwnSamples(const HostedHeap& hosted, const HeapTotals& totals,
                   const std::optional<HeapVisit::Figures>& visit,
                   MetricPage* page) {
  const std::string& heap = hosted.id();
  const auto add_utilization = [&heap, page](absl::string_view view,
                                             double value) {
    page->Add("heapd_gc_mutator_utilization_ratio",
              {{"heap", heap}, {"view", view}}, value);
  };
  add_utilization("average", totals.meter.average_mutator_utilization);
  add_utilization("current",
                  hosted.counters().Read().current_mutator_utilization);
  AddLeak(heap, hosted.leak_verdict(), page);
  if (visit.has_value()) AddVisit(heap, *visit, page);
}

}  // namespace heapd::server
