#ifndef HEAPD_CLIENT_HEAPLOAD_REPORT_REPORT_FIELDS_H_
#define HEAPD_CLIENT_HEAPLOAD_REPORT_REPORT_FIELDS_H_

#include <concepts>
#include <type_traits>

#include "client/heapload/run_report.h"

namespace heapd::heapload {

// The names of a report's members in JSON, once for writing and reading:
// VisitFields(visit, part) calls visit(name, member) for each member of a part,
// in order. `part` is const for a writer and not for a reader.

template <typename T, typename Part>
concept IsPart = std::same_as<std::remove_const_t<T>, Part>;

void VisitFields(auto& visit, IsPart<LatencySummary> auto& part) {
  visit("count", part.count);
  visit("p50", part.p50);
  visit("p90", part.p90);
  visit("p99", part.p99);
  visit("p999", part.p999);
  visit("p9999", part.p9999);
  visit("max", part.max);
}

void VisitFields(auto& visit, IsPart<CallCounts> auto& part) {
  visit("intended", part.intended);
  visit("ok", part.ok);
  visit("unsent", part.unsent);
  visit("errors", part.errors);
  visit("refused_with_retry", part.refused_with_retry);
  visit("refused_without_retry", part.refused_without_retry);
  visit("operations", part.operations);
  visit("retries", part.retries);
}

void VisitFields(auto& visit, IsPart<RunInterval> auto& part) {
  visit("start_seconds", part.start_seconds);
  visit("seconds", part.seconds);
  visit("calls", part.calls);
  visit("latency", part.latency);
}

void VisitFields(auto& visit, IsPart<RunPhase> auto& part) {
  visit("name", part.name);
  visit("seconds", part.seconds);
  visit("calls", part.calls);
  visit("latency", part.latency);
}

void VisitFields(auto& visit, IsPart<PhaseSpan> auto& part) {
  visit("name", part.name);
  visit("start_seconds", part.start_seconds);
  visit("end_seconds", part.end_seconds);
}

void VisitFields(auto& visit, IsPart<HealthProbe> auto& part) {
  visit("intended_seconds", part.intended_seconds);
  visit("latency_seconds", part.latency_seconds);
  visit("outcome", part.outcome);
}

void VisitFields(auto& visit, IsPart<ProbeSeries> auto& part) {
  visit("name", part.name);
  visit("address", part.address);
  visit("timeout_seconds", part.timeout_seconds);
  visit("probes", part.probes);
}

void VisitFields(auto& visit, IsPart<HeapSample> auto& part) {
  visit("at_seconds", part.at_seconds);
  visit("used_bytes", part.used_bytes);
  visit("committed_bytes", part.committed_bytes);
  visit("limit_bytes", part.limit_bytes);
  visit("object_count", part.object_count);
  visit("resident_bytes", part.resident_bytes);
}

void VisitFields(auto& visit, IsPart<CollectionMark> auto& part) {
  visit("end_seconds", part.end_seconds);
  visit("seconds", part.seconds);
  visit("longest_pause_seconds", part.longest_pause_seconds);
  visit("major", part.major);
  visit("reason", part.reason);
  visit("used_bytes_before", part.used_bytes_before);
  visit("used_bytes_after", part.used_bytes_after);
}

void VisitFields(auto& visit, IsPart<RunReport> auto& part) {
  visit("command_line", part.command_line);
  visit("started_at", part.started_at);
  visit("machine", part.machine);
  visit("address", part.address);
  visit("heap", part.heap);
  visit("profile", part.profile);
  visit("schedule", part.schedule);
  visit("seconds", part.seconds);
  visit("deadline_seconds", part.deadline_seconds);
  visit("calls", part.calls);
  visit("latency", part.latency);
  visit("send_lag", part.send_lag);
  visit("interrupted", part.interrupted);
  visit("intervals", part.intervals);
  visit("phases", part.phases);
  visit("phase_spans", part.phase_spans);
  visit("probes", part.probes);
  visit("heap_samples", part.heap_samples);
  visit("collections", part.collections);
  visit("missed_collections", part.missed_collections);
  visit("collections_watched", part.collections_watched);
}

}  // namespace heapd::heapload

#endif  // HEAPD_CLIENT_HEAPLOAD_REPORT_REPORT_FIELDS_H_
