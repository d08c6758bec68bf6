#include "client/heapload/report/page_data.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "absl/strings/str_replace.h"
#include "nlohmann/json.hpp"

namespace heapd::heapload {
namespace {

using Json = nlohmann::ordered_json;

double Round(double seconds) { return std::round(seconds * 1e6) / 1e6; }

// One member of all items, as an array.
template <typename Item, typename Get>
Json Column(const std::vector<Item>& items, Get get) {
  Json column = Json::array();
  for (const Item& item : items) column.push_back(get(item));
  return column;
}

uint64_t RefusedOf(const CallCounts& calls) {
  return calls.refused_with_retry + calls.refused_without_retry;
}

uint64_t FailedOf(const CallCounts& calls) {
  uint64_t failed = 0;
  for (const auto& [name, count] : calls.errors) failed += count;
  // Those that were refused are among them.
  return failed - std::min(failed, RefusedOf(calls));
}

// Null where no call was ok: the line has a gap there.
Json Percentile(const RunInterval& interval,
                double LatencySummary::*percentile) {
  if (interval.latency.count == 0) return nullptr;
  return Round(interval.latency.*percentile);
}

Json Intervals(const std::vector<RunInterval>& intervals) {
  const auto calls = [&](auto get) {
    return Column(intervals,
                  [&](const RunInterval& at) { return get(at.calls); });
  };
  const auto latency = [&](double LatencySummary::*percentile) {
    return Column(intervals, [&](const RunInterval& at) {
      return Percentile(at, percentile);
    });
  };
  return {
      {"start",
       Column(intervals,
              [](const RunInterval& at) { return Round(at.start_seconds); })},
      {"seconds",
       Column(intervals,
              [](const RunInterval& at) { return Round(at.seconds); })},
      {"intended", calls([](const CallCounts& c) { return c.intended; })},
      {"ok", calls([](const CallCounts& c) { return c.ok; })},
      {"refused", calls(&RefusedOf)},
      {"failed", calls(&FailedOf)},
      {"unsent", calls([](const CallCounts& c) { return c.unsent; })},
      {"p50", latency(&LatencySummary::p50)},
      {"p99", latency(&LatencySummary::p99)},
      {"p999", latency(&LatencySummary::p999)},
      {"max", latency(&LatencySummary::max)},
  };
}

// Per interval: what was not ok, by class, only what there was.
Json Troubles(const RunReport& report) {
  Json troubles = Json::object();
  for (const auto& [name, total] : report.calls.errors) {
    if (total == 0) continue;
    troubles[name] =
        Column(report.intervals, [&name = name](const RunInterval& at) {
          const auto found = at.calls.errors.find(name);
          return found == at.calls.errors.end() ? 0 : found->second;
        });
  }
  if (report.calls.refused_without_retry > 0) {
    troubles["refused without a retry time"] = Column(
        report.intervals,
        [](const RunInterval& at) { return at.calls.refused_without_retry; });
  }
  if (report.calls.unsent > 0) {
    troubles["unsent"] = Column(report.intervals, [](const RunInterval& at) {
      return at.calls.unsent;
    });
  }
  return troubles;
}

char Letter(ProbeOutcome outcome) {
  switch (outcome) {
    case ProbeOutcome::kServing:
      return 'S';
    case ProbeOutcome::kNotServing:
      return 'N';
    case ProbeOutcome::kTimeout:
      return 'T';
    case ProbeOutcome::kFailed:
      return 'F';
  }
  return 'F';
}

Json Probes(const std::vector<ProbeSeries>& all) {
  Json json = Json::array();
  for (const ProbeSeries& series : all) {
    std::string outcomes;
    for (const HealthProbe& probe : series.probes) {
      outcomes.push_back(Letter(probe.outcome));
    }
    json.push_back({{"name", series.name},
                    {"at", Column(series.probes,
                                  [](const HealthProbe& probe) {
                                    return Round(probe.intended_seconds);
                                  })},
                    {"latency", Column(series.probes,
                                       [](const HealthProbe& probe) {
                                         return Round(probe.latency_seconds);
                                       })},
                    {"outcome", std::move(outcomes)}});
  }
  return json;
}

Json Heap(const std::vector<HeapSample>& samples) {
  const auto column = [&](uint64_t HeapSample::*member) {
    return Column(samples,
                  [&](const HeapSample& sample) { return sample.*member; });
  };
  return {{"at", Column(samples,
                        [](const HeapSample& sample) {
                          return Round(sample.at_seconds);
                        })},
          {"used", column(&HeapSample::used_bytes)},
          {"committed", column(&HeapSample::committed_bytes)},
          {"limit", column(&HeapSample::limit_bytes)},
          {"objects", column(&HeapSample::object_count)},
          {"resident", column(&HeapSample::resident_bytes)}};
}

Json Collections(const std::vector<CollectionMark>& marks) {
  const auto seconds = [&](double CollectionMark::*member) {
    return Column(
        marks, [&](const CollectionMark& mark) { return Round(mark.*member); });
  };
  return {{"end", seconds(&CollectionMark::end_seconds)},
          {"seconds", seconds(&CollectionMark::seconds)},
          {"pause", seconds(&CollectionMark::longest_pause_seconds)},
          {"major", Column(marks, [](const CollectionMark& mark) {
             return mark.major ? 1 : 0;
           })}};
}

Json Phases(const std::vector<PhaseSpan>& spans) {
  Json json = Json::array();
  for (const PhaseSpan& span : spans) {
    json.push_back({{"name", span.name},
                    {"start", Round(span.start_seconds)},
                    {"end", Round(span.end_seconds)}});
  }
  return json;
}

Json Outages(const std::vector<Verdict>& verdicts) {
  Json json = Json::array();
  for (const Verdict& verdict : verdicts) {
    for (const Outage& outage : verdict.outages) {
      Json entry = {{"series", verdict.series},
                    {"killed", verdict.fate == Fate::kKilled},
                    {"out", Round(outage.out_seconds)},
                    {"in", nullptr}};
      if (outage.in_seconds.has_value()) {
        entry["in"] = Round(*outage.in_seconds);
      }
      json.push_back(std::move(entry));
    }
  }
  return json;
}

}  // namespace

std::string PageData(const RunReport& report, const Judgement& judgement) {
  const Json json = {
      {"seconds", Round(report.seconds)},
      {"deadline", Round(report.deadline_seconds)},
      {"phases", Phases(report.phase_spans)},
      {"intervals", Intervals(report.intervals)},
      {"troubles", Troubles(report)},
      {"probes", Probes(report.probes)},
      {"heap", Heap(report.heap_samples)},
      {"collections", Collections(report.collections)},
      {"outages", Outages(judgement.verdicts)},
  };
  // "</script>" or "<!--" in a name would end the element otherwise.
  return absl::StrReplaceAll(
      json.dump(-1, ' ', /*ensure_ascii=*/true, Json::error_handler_t::replace),
      {{"<", "\\u003c"}, {">", "\\u003e"}, {"&", "\\u0026"}});
}

}  // namespace heapd::heapload
