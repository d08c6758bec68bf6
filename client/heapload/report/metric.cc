#include "client/heapload/report/metric.h"

#include <algorithm>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "client/heapload/report/probe_summary.h"

namespace heapd::heapload {
namespace {

MetricValue Known(double value, double whole = 0) {
  return {true, value, whole, ""};
}
MetricValue Unknown(std::string why) { return {false, 0, 0, std::move(why)}; }

template <double LatencySummary::*kMember>
MetricValue Latency(const MetricSubject& subject) {
  if (subject.latency.count > 0) return Known(subject.latency.*kMember);
  return Unknown(subject.probes != nullptr ? "there were no probes"
                                           : "no call was ok");
}

template <uint64_t CallCounts::*kMember>
MetricValue Calls(const MetricSubject& subject) {
  return Known(static_cast<double>(subject.calls->*kMember),
               static_cast<double>(subject.calls->intended));
}

template <uint64_t CallCounts::*kMember>
MetricValue Rate(const MetricSubject& subject) {
  if (subject.seconds <= 0) return Unknown("it took no time");
  return Known(static_cast<double>(subject.calls->*kMember) / subject.seconds);
}

MetricValue Errors(const MetricSubject& subject) {
  uint64_t errors = 0;
  for (const auto& [name, count] : subject.calls->errors) {
    if (subject.error_class.empty() || subject.error_class == name) {
      errors += count;
    }
  }
  return Known(static_cast<double>(errors),
               static_cast<double>(subject.calls->intended));
}

MetricValue Refused(const MetricSubject& subject) {
  const CallCounts& calls = *subject.calls;
  return Known(static_cast<double>(calls.refused_with_retry +
                                   calls.refused_without_retry),
               static_cast<double>(calls.intended));
}

MetricValue SendLag(const MetricSubject& subject) {
  const LatencySummary& lag = subject.report.send_lag;
  return lag.count > 0 ? Known(lag.p99) : Unknown("no call was sent");
}

template <uint64_t ProbeCounts::*kMember>
MetricValue Probes(const MetricSubject& subject) {
  const ProbeCounts counts = CountProbes(*subject.probes);
  if (counts.probes == 0) return Unknown("there were no probes");
  return Known(static_cast<double>(counts.*kMember),
               static_cast<double>(counts.probes));
}

MetricValue Missed(const MetricSubject& subject) {
  const ProbeCounts counts = CountProbes(*subject.probes);
  if (counts.probes == 0) return Unknown("there were no probes");
  return Known(static_cast<double>(counts.timeouts + counts.failed),
               static_cast<double>(counts.probes));
}

// The largest value of a member, with the limit that was in force then.
template <uint64_t HeapSample::*kMember>
MetricValue HeapSize(const MetricSubject& subject) {
  const HeapSample* largest = nullptr;
  for (const HeapSample& sample : subject.report.heap_samples) {
    if (largest == nullptr || sample.*kMember > largest->*kMember) {
      largest = &sample;
    }
  }
  if (largest == nullptr) return Unknown("the heap's size was not sampled");
  return Known(static_cast<double>(largest->*kMember),
               static_cast<double>(largest->limit_bytes));
}

MetricValue Resident(const MetricSubject& subject) {
  MetricValue value = HeapSize<&HeapSample::resident_bytes>(subject);
  if (value.known && value.value == 0) {
    return Unknown("the daemon did not say its resident size");
  }
  value.whole = 0;  // a heap's limit is not the daemon's
  return value;
}

MetricValue Objects(const MetricSubject& subject) {
  MetricValue value = HeapSize<&HeapSample::object_count>(subject);
  value.whole = 0;
  return value;
}

// Why the collections received are not all there were; empty if they are.
std::string Unseen(const RunReport& report) {
  if (!report.collections_watched) return "collections were not watched";
  if (report.missed_collections == 0) return "";
  return absl::StrCat(report.missed_collections,
                      " collections were not received");
}

// Unknown also where not all collections were received: the longest may be
// among the others.
MetricValue LongestPause(const MetricSubject& subject) {
  const RunReport& report = subject.report;
  if (const std::string why = Unseen(report); !why.empty()) return Unknown(why);
  double longest = 0;
  for (const CollectionMark& mark : report.collections) {
    longest = std::max(longest, mark.longest_pause_seconds);
  }
  return Known(longest);
}

MetricValue Collections(const MetricSubject& subject) {
  if (!subject.report.collections_watched) {
    return Unknown(Unseen(subject.report));
  }
  return Known(static_cast<double>(subject.report.collections.size() +
                                   subject.report.missed_collections));
}

MetricValue MajorCollections(const MetricSubject& subject) {
  const RunReport& report = subject.report;
  if (const std::string why = Unseen(report); !why.empty()) return Unknown(why);
  return Known(static_cast<double>(
      std::count_if(report.collections.begin(), report.collections.end(),
                    [](const CollectionMark& mark) { return mark.major; })));
}

// Verdicts of this fate. None only counts where each verdict of the kind could
// be told, and there was one.
MetricValue Verdicts(const MetricSubject& subject, Fate fate) {
  double count = 0;
  const Verdict* unknown = nullptr;
  bool asked = false;
  for (const Verdict& verdict : subject.verdicts) {
    if (FateOf(verdict.series) != fate) continue;
    asked = true;
    if (verdict.fate == fate) ++count;
    if (verdict.fate == Fate::kUnknown) unknown = &verdict;
  }
  if (!asked) return Unknown("no --balancer rule was about it");
  if (count == 0 && unknown != nullptr) return Unknown(unknown->why_unknown);
  return Known(count);
}
MetricValue Killed(const MetricSubject& subject) {
  return Verdicts(subject, Fate::kKilled);
}
MetricValue TakenOut(const MetricSubject& subject) {
  return Verdicts(subject, Fate::kTakenOut);
}

constexpr unsigned kOfCalls = kOfRun | kOfPhase;
constexpr unsigned kOfAll = kOfCalls | kOfProbes;
constexpr MetricUnit kSeconds = MetricUnit::kSeconds;
constexpr MetricUnit kBytes = MetricUnit::kBytes;
constexpr MetricUnit kCount = MetricUnit::kCount;
constexpr MetricUnit kRate = MetricUnit::kRate;
constexpr char kIntended[] = "intended";
constexpr char kProbes[] = "probes";
constexpr char kLimit[] = "the heap's limit";

// The one list of metrics.
constexpr MetricInfo kMetrics[] = {
    {"p50", kSeconds, kOfAll, "", "latency that half of the ok calls kept",
     &Latency<&LatencySummary::p50>},
    {"p90", kSeconds, kOfAll, "", "latency that 90 % kept",
     &Latency<&LatencySummary::p90>},
    {"p99", kSeconds, kOfAll, "", "latency that 99 % kept",
     &Latency<&LatencySummary::p99>},
    {"p999", kSeconds, kOfAll, "", "latency that 99.9 % kept",
     &Latency<&LatencySummary::p999>},
    {"p9999", kSeconds, kOfAll, "", "latency that 99.99 % kept",
     &Latency<&LatencySummary::p9999>},
    {"max", kSeconds, kOfAll, "", "longest latency",
     &Latency<&LatencySummary::max>},
    {"intended", kCount, kOfCalls, "", "calls that the schedule asked for",
     &Calls<&CallCounts::intended>},
    {"goodput", kCount, kOfCalls, kIntended, "calls that were ok",
     &Calls<&CallCounts::ok>},
    {"errors", kCount, kOfCalls | kOfErrors, kIntended,
     "calls that failed; errors.CLASS: those of a class", &Errors},
    {"unsent", kCount, kOfCalls, kIntended,
     "calls not sent, as too many were in flight", &Calls<&CallCounts::unsent>},
    {"refused", kCount, kOfCalls, kIntended,
     "calls refused by the daemon, which count as errors too", &Refused},
    {"refused_with_retry", kCount, kOfCalls, kIntended,
     "of those, with a time to retry after",
     &Calls<&CallCounts::refused_with_retry>},
    {"refused_without_retry", kCount, kOfCalls, kIntended,
     "of those, without one", &Calls<&CallCounts::refused_without_retry>},
    {"operations", kCount, kOfCalls, "", "operations inside the ok calls",
     &Calls<&CallCounts::operations>},
    {"retries", kCount, kOfCalls, kIntended,
     "attempts after the first, of refused calls",
     &Calls<&CallCounts::retries>},
    {"intended_rate", kRate, kOfCalls, "", "intended calls per second",
     &Rate<&CallCounts::intended>},
    {"goodput_rate", kRate, kOfCalls, "", "ok calls per second",
     &Rate<&CallCounts::ok>},
    {"operation_rate", kRate, kOfCalls, "", "operations per second",
     &Rate<&CallCounts::operations>},
    {"send_lag", kSeconds, kOfRun, "",
     "p99 of how late heapload itself sent its calls", &SendLag},
    {"probes", kCount, kOfProbes, "", "health checks that were sent",
     &Probes<&ProbeCounts::probes>},
    {"missed", kCount, kOfProbes, kProbes, "timeouts and failures of checks",
     &Missed},
    {"timeouts", kCount, kOfProbes, kProbes, "checks without an answer in time",
     &Probes<&ProbeCounts::timeouts>},
    {"failed", kCount, kOfProbes, kProbes, "checks that failed otherwise",
     &Probes<&ProbeCounts::failed>},
    {"not_serving", kCount, kOfProbes, kProbes, "answers NOT_SERVING",
     &Probes<&ProbeCounts::not_serving>},
    {"resident", kBytes, kOfRun, "", "largest resident size of the daemon",
     &Resident},
    {"used", kBytes, kOfRun, kLimit, "largest used size of the heap",
     &HeapSize<&HeapSample::used_bytes>},
    {"committed", kBytes, kOfRun, kLimit, "largest committed size of the heap",
     &HeapSize<&HeapSample::committed_bytes>},
    {"objects", kCount, kOfRun, "", "largest number of objects", &Objects},
    {"longest_pause", kSeconds, kOfRun, "", "longest pause of a collection",
     &LongestPause},
    {"collections", kCount, kOfRun, "", "collections, minor and major",
     &Collections},
    {"major_collections", kCount, kOfRun, "", "major collections",
     &MajorCollections},
    {"killed", kCount, kOfRun, "", "--balancer verdicts that end the instance",
     &Killed},
    {"taken_out", kCount, kOfRun, "",
     "--balancer verdicts that take it out of rotation", &TakenOut},
};

MetricValue EvaluateCalls(MetricSubject subject, const MetricRef& ref,
                          const CallCounts& calls,
                          const LatencySummary& latency, double seconds) {
  subject.calls = &calls;
  subject.latency = latency;
  subject.seconds = seconds;
  return ref.info->evaluate(subject);
}

std::string NoSuchScope(const RunReport& report, const MetricRef& ref) {
  std::vector<std::string> names;
  if ((ref.info->scopes & kOfPhase) != 0) {
    for (const RunPhase& phase : report.phases) names.push_back(phase.name);
  }
  if ((ref.info->scopes & kOfProbes) != 0) {
    for (const ProbeSeries& probes : report.probes) {
      names.push_back(probes.name);
    }
  }
  return absl::StrCat("the run has no \"", ref.scope, "\"",
                      names.empty() ? "" : ", only ",
                      absl::StrJoin(names, ", "));
}

}  // namespace

std::string MetricRef::ToString() const {
  return absl::StrCat(scope, scope.empty() ? "" : ".", info->name,
                      error_class.empty() ? "" : ".", error_class);
}

absl::Span<const MetricInfo> Metrics() { return kMetrics; }

const MetricInfo* FindMetric(absl::string_view name) {
  for (const MetricInfo& info : kMetrics) {
    if (info.name == name) return &info;
  }
  return nullptr;
}

MetricValue Evaluate(const RunReport& report,
                     absl::Span<const Verdict> verdicts, const MetricRef& ref) {
  MetricSubject subject{report, verdicts, nullptr,        nullptr,
                        0,      {},       ref.error_class};
  if (ref.scope.empty()) {
    return EvaluateCalls(subject, ref, report.calls, report.latency,
                         report.seconds);
  }
  if ((ref.info->scopes & kOfPhase) != 0) {
    for (const RunPhase& phase : report.phases) {
      if (phase.name != ref.scope) continue;
      return EvaluateCalls(subject, ref, phase.calls, phase.latency,
                           phase.seconds);
    }
  }
  if ((ref.info->scopes & kOfProbes) != 0) {
    for (const ProbeSeries& probes : report.probes) {
      if (probes.name != ref.scope) continue;
      subject.probes = &probes;
      subject.latency = SummarizeProbes(probes);
      return ref.info->evaluate(subject);
    }
  }
  return Unknown(NoSuchScope(report, ref));
}

}  // namespace heapd::heapload
