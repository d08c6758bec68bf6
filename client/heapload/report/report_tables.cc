#include "client/heapload/report/report_tables.h"

#include <algorithm>
#include <cstdint>
#include <map>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "client/heapload/report/outcome_names.h"
#include "client/heapload/report/probe_summary.h"
#include "client/heapload/report/units.h"

namespace heapd::heapload {
namespace {

using Row = std::vector<std::string>;

constexpr char kNone[] = "-";

std::string Count(uint64_t count) {
  return FormatCount(static_cast<double>(count));
}

std::string PerSecond(uint64_t count, double seconds) {
  return seconds > 0 ? FormatRate(static_cast<double>(count) / seconds) : kNone;
}

std::string Share(uint64_t part, uint64_t whole) {
  if (whole == 0) return kNone;
  return FormatPercent(static_cast<double>(part) / static_cast<double>(whole));
}

uint64_t ErrorsOf(const CallCounts& calls) {
  uint64_t errors = 0;
  for (const auto& [name, count] : calls.errors) errors += count;
  return errors;
}

// The phases, and behind several the whole run.
std::vector<RunPhase> PhasesAndRun(const RunReport& report) {
  std::vector<RunPhase> phases = report.phases;
  if (phases.size() != 1) {
    phases.push_back(
        {"whole run", report.seconds, report.calls, report.latency});
  }
  return phases;
}

// Calls that were refused count as errors too; here each is in one column.
Row CallsRow(const RunPhase& phase) {
  const CallCounts& calls = phase.calls;
  const uint64_t refused =
      calls.refused_with_retry + calls.refused_without_retry;
  const uint64_t errors = ErrorsOf(calls);
  return {phase.name,
          FormatSeconds(phase.seconds),
          PerSecond(calls.intended, phase.seconds),
          PerSecond(calls.ok, phase.seconds),
          PerSecond(calls.operations, phase.seconds),
          Count(calls.intended),
          Count(calls.ok),
          Share(calls.ok, calls.intended),
          Count(calls.refused_with_retry),
          Count(calls.refused_without_retry),
          Count(errors - std::min(errors, refused)),
          Count(calls.unsent),
          Count(calls.retries)};
}

Row LatencyCells(const LatencySummary& latency) {
  if (latency.count == 0) return Row(6, kNone);
  Row cells;
  for (const double seconds : {latency.p50, latency.p90, latency.p99,
                               latency.p999, latency.p9999, latency.max}) {
    cells.push_back(FormatSeconds(seconds));
  }
  return cells;
}

Row HeapRow(const std::string& name, const HeapSample& sample) {
  return {name,
          Count(sample.object_count),
          FormatBytes(static_cast<double>(sample.used_bytes)),
          Share(sample.used_bytes, sample.limit_bytes),
          FormatBytes(static_cast<double>(sample.committed_bytes)),
          sample.limit_bytes == 0
              ? kNone
              : FormatBytes(static_cast<double>(sample.limit_bytes)),
          sample.resident_bytes == 0
              ? kNone
              : FormatBytes(static_cast<double>(sample.resident_bytes))};
}

// The largest of each column, which need not have been at one moment.
HeapSample LargestOfEach(const std::vector<HeapSample>& samples) {
  HeapSample largest;
  for (const HeapSample& sample : samples) {
    largest.used_bytes = std::max(largest.used_bytes, sample.used_bytes);
    largest.committed_bytes =
        std::max(largest.committed_bytes, sample.committed_bytes);
    largest.limit_bytes = std::max(largest.limit_bytes, sample.limit_bytes);
    largest.object_count = std::max(largest.object_count, sample.object_count);
    largest.resident_bytes =
        std::max(largest.resident_bytes, sample.resident_bytes);
  }
  return largest;
}

Row CollectionsRow(const RunReport& report, bool major) {
  uint64_t count = 0;
  double seconds = 0;
  double longest = 0;
  double longest_pause = 0;
  for (const CollectionMark& mark : report.collections) {
    if (mark.major != major) continue;
    ++count;
    seconds += mark.seconds;
    longest = std::max(longest, mark.seconds);
    longest_pause = std::max(longest_pause, mark.longest_pause_seconds);
  }
  const char* const name = major ? "major" : "minor";
  if (count == 0) return {name, "0", kNone, kNone, kNone, kNone};
  return {name,
          Count(count),
          PerSecond(count, report.seconds),
          FormatSeconds(seconds / static_cast<double>(count)),
          FormatSeconds(longest),
          FormatSeconds(longest_pause)};
}

}  // namespace

ReportTable CallsTable(const RunReport& report) {
  ReportTable table;
  table.title = "Calls";
  table.columns = {
      "phase",    "time",   "intended/s", "ok/s",    "operations/s",
      "intended", "ok",     "ok share",   "refused", "refused, no retry time",
      "failed",   "unsent", "retries"};
  for (const RunPhase& phase : PhasesAndRun(report)) {
    table.rows.push_back(CallsRow(phase));
  }
  return table;
}

ReportTable LatencyTable(const RunReport& report) {
  ReportTable table;
  table.title = "Latency of ok calls, from their intended start";
  table.columns = {"phase", "p50", "p90", "p99", "p99.9", "p99.99", "max"};
  for (const RunPhase& phase : PhasesAndRun(report)) {
    Row row = LatencyCells(phase.latency);
    row.insert(row.begin(), phase.name);
    table.rows.push_back(std::move(row));
  }
  return table;
}

ReportTable ErrorsTable(const RunReport& report) {
  ReportTable table;
  table.title = "Failed calls by class";
  table.columns = {"class"};
  const std::vector<RunPhase> phases = PhasesAndRun(report);
  for (const RunPhase& phase : phases) table.columns.push_back(phase.name);
  table.columns.push_back("of intended");
  for (const auto& [name, count] : report.calls.errors) {
    if (count == 0) continue;
    Row row = {name};
    for (const RunPhase& phase : phases) {
      const auto found = phase.calls.errors.find(name);
      row.push_back(
          Count(found == phase.calls.errors.end() ? 0 : found->second));
    }
    row.push_back(Share(count, report.calls.intended));
    table.rows.push_back(std::move(row));
  }
  return table;
}

ReportTable ProbesTable(const RunReport& report) {
  ReportTable table;
  table.title = "Health checks";
  table.columns = {"checks of", "address",     "timeout",   "sent",
                   "SERVING",   "NOT_SERVING", "timed out", "failed",
                   "p50",       "p99",         "p99.9",     "max"};
  table.text_columns = 2;
  for (const ProbeSeries& series : report.probes) {
    const ProbeCounts counts = CountProbes(series);
    const Row latency = LatencyCells(SummarizeProbes(series));
    table.rows.push_back(
        {series.name, series.address, FormatSeconds(series.timeout_seconds),
         Count(counts.probes), Count(counts.serving), Count(counts.not_serving),
         Count(counts.timeouts), Count(counts.failed), latency[0], latency[2],
         latency[3], latency[5]});
  }
  return table;
}

ReportTable HeapTable(const RunReport& report) {
  ReportTable table;
  table.title = "Heap";
  table.columns = {"",      "objects",          "used", "of limit", "committed",
                   "limit", "resident (daemon)"};
  const std::vector<HeapSample>& samples = report.heap_samples;
  if (samples.empty()) return table;
  HeapSample largest = LargestOfEach(samples);
  table.rows = {HeapRow("at the start", samples.front()),
                HeapRow("largest", largest),
                HeapRow("at the end", samples.back())};
  return table;
}

ReportTable CollectionsTable(const RunReport& report) {
  ReportTable table;
  table.title = "Collections";
  table.columns = {"kind",         "collections",  "per second",
                   "average time", "longest time", "longest pause"};
  table.rows = {CollectionsRow(report, /*major=*/false),
                CollectionsRow(report, /*major=*/true)};
  return table;
}

ReportTable MajorCollectionsTable(const RunReport& report, size_t most) {
  std::vector<const CollectionMark*> majors;
  for (const CollectionMark& mark : report.collections) {
    if (mark.major) majors.push_back(&mark);
  }
  std::stable_sort(majors.begin(), majors.end(),
                   [](const CollectionMark* a, const CollectionMark* b) {
                     return a->seconds > b->seconds;
                   });
  const bool all = majors.size() <= most;
  if (!all) majors.resize(most);
  std::stable_sort(majors.begin(), majors.end(),
                   [](const CollectionMark* a, const CollectionMark* b) {
                     return a->end_seconds < b->end_seconds;
                   });
  ReportTable table;
  table.title = all ? "Major collections"
                    : absl::StrCat("The ", most, " longest major collections");
  table.columns = {"reason",        "ended",       "took",
                   "longest pause", "used before", "used after"};
  for (const CollectionMark* mark : majors) {
    table.rows.push_back(
        {mark->reason, FormatMoment(mark->end_seconds),
         FormatSeconds(mark->seconds),
         FormatSeconds(mark->longest_pause_seconds),
         FormatBytes(static_cast<double>(mark->used_bytes_before)),
         FormatBytes(static_cast<double>(mark->used_bytes_after))});
  }
  return table;
}

ReportTable SlosTable(const Judgement& judgement) {
  ReportTable table;
  table.title = "SLOs";
  table.columns = {"", "SLO", "actual", "limit"};
  table.text_columns = 4;
  for (const SloResult& result : judgement.slos) {
    table.rows.push_back({std::string(NameOf(result.outcome)), result.slo.text,
                          result.note.empty() ? result.actual : result.note,
                          result.limit});
  }
  return table;
}

std::string Headline(const Judgement& judgement) {
  const size_t all = judgement.slos.size();
  if (all == 0) return "";
  const auto count = [&](SloOutcome outcome) {
    return std::count_if(judgement.slos.begin(), judgement.slos.end(),
                         [outcome](const SloResult& result) {
                           return result.outcome == outcome;
                         });
  };
  const auto missed = count(SloOutcome::kMissed);
  const auto unknown = count(SloOutcome::kUnknown);
  const char* const noun = all == 1 ? " SLO" : " SLOs";
  if (missed == 0 && unknown == 0) {
    if (all == 1) return "The SLO was met.";
    return absl::StrCat("All ", all, " SLOs were met.");
  }
  std::string text;
  if (missed > 0) {
    text = absl::StrCat(missed, " of ", all, noun,
                        missed == 1 ? " was missed." : " were missed.");
  }
  if (unknown > 0) {
    absl::StrAppend(&text, text.empty() ? "" : " ", unknown, " of ", all, noun,
                    " could not be judged.");
  }
  return text;
}

std::vector<std::string> Notes(const RunReport& report) {
  std::vector<std::string> notes;
  if (report.interrupted) {
    notes.push_back(absl::StrCat("The run was interrupted after ",
                                 FormatSeconds(report.seconds), "."));
  }
  // Latencies hold the lag: half of a percentile that is mostly lag says more
  // about this machine than about the daemon.
  const LatencySummary& lag = report.send_lag;
  if (lag.count > 0 && lag.p99 > 1e-3 && lag.p99 > report.latency.p99 / 2) {
    notes.push_back(absl::StrCat(
        "heapload could not keep up with the schedule: it sent one call in a "
        "hundred ",
        FormatSeconds(lag.p99),
        " late or later, which the latencies contain. More threads, or a "
        "machine of its own, may help."));
  }
  if (!report.collections_watched) {
    notes.push_back("Collections were not watched: the daemon refused it.");
  } else if (report.missed_collections > 0) {
    notes.push_back(absl::StrCat(
        Count(report.missed_collections),
        report.missed_collections == 1 ? " collection was"
                                       : " collections were",
        " not received, so the longest pause may be among those."));
  }
  return notes;
}

}  // namespace heapd::heapload
