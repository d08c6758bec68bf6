#include "server/metrics/heap_totals.h"

namespace heapd::server {
namespace {

void AddDifference(const HistogramFigures& now, const HistogramFigures& before,
                   HistogramFigures* sum) {
  if (sum->counts.empty()) {
    sum->bounds = now.bounds;
    sum->counts.resize(now.counts.size());
  }
  for (size_t i = 0; i < now.counts.size(); ++i) {
    sum->counts[i] +=
        now.counts[i] - (before.counts.empty() ? 0 : before.counts[i]);
  }
  sum->sum += now.sum - before.sum;
}

void AddDifference(const HeapMeter::KindFigures& now,
                   const HeapMeter::KindFigures& before,
                   HeapMeter::KindFigures* sum) {
  for (size_t i = 0; i < kCollectionReasonCount; ++i) {
    sum->count_by_reason[i] +=
        now.count_by_reason[i] - before.count_by_reason[i];
  }
  sum->pause_duration += now.pause_duration - before.pause_duration;
  AddDifference(now.longest_pauses, before.longest_pauses,
                &sum->longest_pauses);
  AddDifference(now.durations, before.durations, &sum->durations);
  sum->reclaimed_bytes += now.reclaimed_bytes - before.reclaimed_bytes;
}

}  // namespace

void HeapTotals::AddDifference(const HeapTotals& now,
                               const HeapTotals& before) {
  for (size_t i = 0; i < kCollectionKindCount; ++i) {
    server::AddDifference(now.meter.kinds[i], before.meter.kinds[i],
                          &meter.kinds[i]);
  }
  meter.survived_bytes +=
      now.meter.survived_bytes - before.meter.survived_bytes;
  meter.promoted_bytes +=
      now.meter.promoted_bytes - before.meter.promoted_bytes;
  meter.moved_bytes += now.meter.moved_bytes - before.meter.moved_bytes;
  meter.ended_lease_count +=
      now.meter.ended_lease_count - before.meter.ended_lease_count;
  refused_call_count += now.refused_call_count - before.refused_call_count;
  memory_wait_count += now.memory_wait_count - before.memory_wait_count;
  memory_refusal_count +=
      now.memory_refusal_count - before.memory_refusal_count;
}

HeapTotals TotalsOf(const HostedHeap& hosted) {
  const HeapCounters::Figures counters = hosted.counters().Read();
  HeapTotals totals;
  totals.meter = hosted.meter().Read();
  totals.refused_call_count = hosted.in_flight().refused();
  totals.memory_wait_count = counters.memory_wait_count;
  totals.memory_refusal_count = counters.memory_refusal_count;
  return totals;
}

}  // namespace heapd::server
