#include "client/heapload/report/verdict.h"

#include <algorithm>
#include <cmath>
#include <cstddef>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "client/heapload/report/units.h"

namespace heapd::heapload {
namespace {

// Times are sums of doubles; a billionth of a run is no difference.
constexpr double kEpsilonSeconds = 1e-6;

// What a balancer with the rule would have seen at a moment.
enum class Check { kPassed, kFailed, kUnclear };

// One answer to "how would unclear checks have ended?"
enum class Unclear { kPassed, kFailed };

Check Judge(const HealthProbe& probe, const ProbeSeries& series,
            const BalancerRule& rule) {
  switch (probe.outcome) {
    case ProbeOutcome::kServing:
      return probe.latency_seconds > rule.timeout_seconds ? Check::kFailed
                                                          : Check::kPassed;
    case ProbeOutcome::kTimeout:
      // We gave up earlier than the balancer would have.
      return series.timeout_seconds + kEpsilonSeconds < rule.timeout_seconds
                 ? Check::kUnclear
                 : Check::kFailed;
    case ProbeOutcome::kNotServing:
    case ProbeOutcome::kFailed:
      return Check::kFailed;
  }
  return Check::kFailed;
}

// A balancer that began to ask at some moment.
struct Course {
  std::vector<Outage> outages;
  int failures_at_end = 0;  // in a row, if the instance was in
};

// Follows one beginning after the other through the probes of a series.
class Simulation {
 public:
  // REQUIRES: probes sorted by their intended time, at least one.
  Simulation(const ProbeSeries& series, const std::vector<HealthProbe>& probes,
             const BalancerRule& rule)
      : series_(series), probes_(probes), rule_(rule) {
    // The usual distance; a gap must not widen what counts as near.
    std::vector<double> distances;
    for (size_t i = 1; i < probes.size(); ++i) {
      distances.push_back(probes[i].intended_seconds -
                          probes[i - 1].intended_seconds);
    }
    if (distances.empty()) return;
    const auto middle = distances.begin() + distances.size() / 2;
    std::nth_element(distances.begin(), middle, distances.end());
    cadence_seconds_ = *middle;
  }

  double cadence_seconds() const { return cadence_seconds_; }
  double first_seconds() const { return probes_.front().intended_seconds; }
  double last_seconds() const { return probes_.back().intended_seconds; }

  // The course for each probe of the first interval as the first check.
  std::vector<Course> Run(Unclear unclear, bool final_outage) const {
    std::vector<Course> courses;
    for (const HealthProbe& probe : probes_) {
      if (probe.intended_seconds >
          first_seconds() + rule_.interval_seconds - kEpsilonSeconds) {
        break;
      }
      courses.push_back(Follow(probe.intended_seconds, unclear, final_outage));
    }
    return courses;
  }

 private:
  // The probe nearest to a time; null where the series has a gap.
  const HealthProbe* Nearest(double seconds) const {
    const auto after = std::lower_bound(probes_.begin(), probes_.end(), seconds,
                                        [](const HealthProbe& probe, double s) {
                                          return probe.intended_seconds < s;
                                        });
    const HealthProbe* nearest = nullptr;
    const auto consider = [&](const HealthProbe& probe) {
      if (nearest == nullptr ||
          std::abs(probe.intended_seconds - seconds) <
              std::abs(nearest->intended_seconds - seconds)) {
        nearest = &probe;
      }
    };
    if (after != probes_.begin()) consider(*(after - 1));
    if (after != probes_.end()) consider(*after);
    const double distance = std::abs(nearest->intended_seconds - seconds);
    return distance <= cadence_seconds_ + kEpsilonSeconds ? nearest : nullptr;
  }

  Course Follow(double begin_seconds, Unclear unclear,
                bool final_outage) const {
    Course course;
    int failures = 0;
    int successes = 0;
    bool in = true;
    for (int check = 0;; ++check) {
      const double at = begin_seconds + check * rule_.interval_seconds;
      if (at > last_seconds() + cadence_seconds_ / 2) break;
      const HealthProbe* probe = Nearest(at);
      Check seen =
          probe == nullptr ? Check::kUnclear : Judge(*probe, series_, rule_);
      if (seen == Check::kUnclear) {
        seen = unclear == Unclear::kFailed ? Check::kFailed : Check::kPassed;
      }
      failures = seen == Check::kFailed ? failures + 1 : 0;
      successes = seen == Check::kPassed ? successes + 1 : 0;
      // A balancer acts when the check has ended.
      const double latency = probe == nullptr ? 0
                                              : std::min(probe->latency_seconds,
                                                         rule_.timeout_seconds);
      const double acts =
          (probe == nullptr ? at : probe->intended_seconds) + latency;
      if (in && failures >= rule_.unhealthy) {
        in = false;
        course.outages.push_back({acts, std::nullopt});
        if (final_outage) break;
      } else if (!in && successes >= rule_.healthy) {
        in = true;
        course.outages.back().in_seconds = acts;
      }
    }
    if (in) course.failures_at_end = failures;
    return course;
  }

  const ProbeSeries& series_;
  const std::vector<HealthProbe>& probes_;
  const BalancerRule& rule_;
  double cadence_seconds_ = 0;
};

double SecondsOut(const Course& course, double end_seconds) {
  double seconds = 0;
  for (const Outage& outage : course.outages) {
    seconds += outage.in_seconds.value_or(end_seconds) - outage.out_seconds;
  }
  return seconds;
}

// Fills in what the courses have in common and the worst of them.
void Decide(const std::vector<Course>& courses, double end_seconds,
            Verdict& verdict) {
  verdict.beginnings = static_cast<int>(courses.size());
  const Course* worst = nullptr;
  double worst_seconds = 0;
  for (const Course& course : courses) {
    verdict.failures_at_end =
        std::max(verdict.failures_at_end, course.failures_at_end);
    if (course.outages.empty()) continue;
    ++verdict.beginnings_that_act;
    // Who is killed earliest is also gone for longest.
    const double seconds = SecondsOut(course, end_seconds);
    if (worst == nullptr || seconds > worst_seconds) {
      worst = &course;
      worst_seconds = seconds;
    }
  }
  if (worst == nullptr) {
    verdict.fate = Fate::kKept;
    return;
  }
  verdict.fate = FateOf(verdict.series);
  verdict.outages = worst->outages;
  verdict.failures_at_end = 0;
}

Verdict Unknown(Verdict verdict, std::string why) {
  verdict.fate = Fate::kUnknown;
  verdict.why_unknown = std::move(why);
  return verdict;
}

bool Acts(const std::vector<Course>& courses) {
  return std::any_of(courses.begin(), courses.end(), [](const Course& course) {
    return !course.outages.empty();
  });
}

std::string TooShort(double covered_seconds, const BalancerRule& rule) {
  return absl::StrCat(
      "the run is too short to tell: its probes cover ",
      FormatSeconds(covered_seconds), ", and ", rule.unhealthy,
      rule.unhealthy == 1 ? " check takes " : " checks in a row take ",
      FormatSeconds(rule.unhealthy * rule.interval_seconds));
}

std::string Times(const Verdict& verdict) {
  constexpr size_t kMostTimes = 5;
  std::vector<std::string> times;
  for (const Outage& outage : verdict.outages) {
    if (times.size() == kMostTimes) {
      times.push_back(
          absl::StrCat(verdict.outages.size() - kMostTimes, " more times"));
      break;
    }
    times.push_back(absl::StrCat(
        "from ", FormatMoment(outage.out_seconds), " to ",
        outage.in_seconds.has_value() ? FormatMoment(*outage.in_seconds)
                                      : "the end of the run"));
  }
  return absl::StrJoin(times, ", ");
}

// In how many of the cases, if not in all.
std::string Chance(const Verdict& verdict) {
  if (verdict.beginnings_that_act == verdict.beginnings) {
    return ", whenever it began to ask";
  }
  return absl::StrCat(", in ", verdict.beginnings_that_act, " of the ",
                      verdict.beginnings, " ways in which it may have begun");
}

}  // namespace

Fate FateOf(absl::string_view series) {
  return series == "liveness" ? Fate::kKilled : Fate::kTakenOut;
}

Verdict ApplyRule(const ProbeSeries& series, const BalancerRule& rule) {
  Verdict verdict;
  verdict.rule = rule;
  verdict.series = series.name;
  if (series.probes.empty()) {
    return Unknown(std::move(verdict), "there were no probes");
  }
  std::vector<HealthProbe> probes = series.probes;
  std::stable_sort(probes.begin(), probes.end(),
                   [](const HealthProbe& a, const HealthProbe& b) {
                     return a.intended_seconds < b.intended_seconds;
                   });
  const Simulation simulation(series, probes, rule);
  const double cadence = simulation.cadence_seconds();
  if (cadence > rule.interval_seconds + kEpsilonSeconds) {
    return Unknown(std::move(verdict),
                   absl::StrCat("the probes were ", FormatSeconds(cadence),
                                " apart, the rule asks every ",
                                FormatSeconds(rule.interval_seconds)));
  }
  const bool final_outage = FateOf(series.name) == Fate::kKilled;
  const std::vector<Course> at_best =
      simulation.Run(Unclear::kPassed, final_outage);
  const std::vector<Course> at_worst =
      simulation.Run(Unclear::kFailed, final_outage);
  Decide(at_best, simulation.last_seconds(), verdict);
  if (verdict.fate != Fate::kKept) return verdict;

  if (Acts(at_worst)) {
    return Unknown(std::move(verdict),
                   series.timeout_seconds < rule.timeout_seconds
                       ? absl::StrCat("the probes gave up after ",
                                      FormatSeconds(series.timeout_seconds),
                                      ", the rule waits ",
                                      FormatSeconds(rule.timeout_seconds))
                       : "there is a gap in the probes");
  }
  const double covered =
      simulation.last_seconds() - simulation.first_seconds() + cadence;
  if (covered + kEpsilonSeconds < rule.unhealthy * rule.interval_seconds) {
    return Unknown(std::move(verdict), TooShort(covered, rule));
  }
  return verdict;
}

std::vector<Verdict> ApplyRule(const RunReport& report,
                               const BalancerRule& rule) {
  std::vector<Verdict> verdicts;
  std::vector<std::string> names;
  for (const ProbeSeries& series : report.probes) {
    names.push_back(series.name);
    if (rule.series.empty() || rule.series == series.name) {
      verdicts.push_back(ApplyRule(series, rule));
    }
  }
  if (!verdicts.empty()) return verdicts;
  Verdict none;
  none.rule = rule;
  none.series = rule.series;
  verdicts.push_back(
      Unknown(std::move(none),
              names.empty()
                  ? "the run had no health probes"
                  : absl::StrCat("the run has no probes called \"", rule.series,
                                 "\", only ", absl::StrJoin(names, ", "))));
  return verdicts;
}

std::string DescribeVerdict(const Verdict& verdict) {
  const BalancerRule& rule = verdict.rule;
  std::string text = absl::StrCat(
      "a balancer that asks", verdict.series.empty() ? "" : " for ",
      verdict.series, " every ", FormatSeconds(rule.interval_seconds), " (",
      rule.preset, rule.preset.empty() ? "" : "; ", "timeout ",
      FormatSeconds(rule.timeout_seconds), ", ", rule.unhealthy,
      rule.unhealthy == 1 ? " failure" : " failures in a row", ") ");
  switch (verdict.fate) {
    case Fate::kKept:
      absl::StrAppend(&text, "would have kept this instance");
      if (verdict.failures_at_end > 0) {
        absl::StrAppend(&text, "; but the run ended with ",
                        verdict.failures_at_end,
                        verdict.failures_at_end == 1 ? " failed check"
                                                     : " failed checks in a "
                                                       "row");
      }
      break;
    case Fate::kKilled:
      absl::StrAppend(&text, "would have killed this instance at ",
                      FormatMoment(verdict.outages.front().out_seconds),
                      Chance(verdict));
      break;
    case Fate::kTakenOut:
      absl::StrAppend(&text, "would have taken this instance out of rotation ",
                      Times(verdict), Chance(verdict));
      break;
    case Fate::kUnknown:
      absl::StrAppend(&text, "may or may not have kept this instance: ",
                      verdict.why_unknown);
      break;
  }
  return text;
}

}  // namespace heapd::heapload
