#include "server/host/rule_watch.h"

#include <algorithm>
#include <cmath>

namespace heapd::server {
namespace {

// Of a window; so many looks back are kept.
constexpr int kSteps = 20;

// What the metric is now; nothing if that is not known.
absl::optional<double> LevelOf(RuleMetric metric,
                               const HeapObservation& observation) {
  const HeapCounters::Figures& counters = observation.counters;
  switch (metric) {
    case RuleMetric::kUsedBytes:
      return static_cast<double>(observation.used_bytes);
    case RuleMetric::kUsedRatio:
      if (observation.limit_bytes == 0) return absl::nullopt;
      return static_cast<double>(observation.used_bytes) /
             static_cast<double>(observation.limit_bytes);
    case RuleMetric::kLiveBytes:
      if (counters.major_count == 0) return absl::nullopt;
      return static_cast<double>(counters.live_bytes);
    case RuleMetric::kObjectCount:
      return static_cast<double>(observation.object_count);
    case RuleMetric::kCurrentMutatorUtilization:
      if (counters.major_count == 0) return absl::nullopt;
      return counters.current_mutator_utilization;
    case RuleMetric::kGrowthBytesPerHour:
      return observation.growth_bytes_per_hour;
    case RuleMetric::kPauseP99:
    case RuleMetric::kLongestPause:
    case RuleMetric::kMutatorUtilization:
    case RuleMetric::kRefusedCallsPerSecond:
      break;
  }
  return absl::nullopt;
}

// How many seconds the pause has that so large a part of pauses does not pass;
// 0 without any.
double PauseAt(double part, const HistogramFigures& before,
               const HistogramFigures& now) {
  const uint64_t count = now.count() - before.count();
  if (count == 0) return 0;
  const auto rank =
      static_cast<uint64_t>(std::ceil(part * static_cast<double>(count)));
  uint64_t seen = 0;
  size_t bucket = 0;
  for (; bucket + 1 < now.bounds.size(); ++bucket) {
    seen += now.counts[bucket] - before.counts[bucket];
    if (seen >= rank) break;
  }
  return absl::ToDoubleSeconds(absl::Nanoseconds(now.bounds[bucket]));
}

}  // namespace

absl::optional<double> RuleWatch::Look(absl::Time now,
                                       const HeapObservation& observation) {
  if (!InfoOf(terms_.metric).of_window) return LookAtLevel(now, observation);
  Past past;
  past.time = now;
  past.pause_duration = observation.counters.pause_duration;
  past.refused_call_count = observation.refused_call_count;
  past.pauses = observation.pauses;
  return LookAtWindow(past);
}

absl::optional<double> RuleWatch::LookAtLevel(
    absl::Time now, const HeapObservation& observation) {
  const absl::optional<double> value = LevelOf(terms_.metric, observation);
  if (!value.has_value() || !Holds(*value)) {
    holds_since_ = absl::InfiniteFuture();
    return absl::nullopt;
  }
  holds_since_ = std::min(holds_since_, now);
  if (now - holds_since_ < window_) return absl::nullopt;
  holds_since_ = now;
  return value;
}

absl::optional<double> RuleWatch::LookAtWindow(const Past& now) {
  // The oldest that is left is the last one from before the window, or at its
  // beginning.
  while (past_.size() >= 2 && now.time - past_[1].time >= window_) {
    past_.pop_front();
  }
  const bool is_whole =
      !past_.empty() && now.time - past_.front().time >= window_;
  if (is_whole) {
    const double value = ValueSince(past_.front(), now);
    if (Holds(value)) {
      past_.clear();
      past_.push_back(now);
      return value;
    }
  }
  if (past_.empty() || now.time - past_.back().time >= window_ / kSteps) {
    past_.push_back(now);
  }
  return absl::nullopt;
}

double RuleWatch::ValueSince(const Past& start, const Past& now) const {
  const double seconds = absl::ToDoubleSeconds(now.time - start.time);
  switch (terms_.metric) {
    case RuleMetric::kPauseP99:
      return PauseAt(0.99, start.pauses, now.pauses);
    case RuleMetric::kLongestPause:
      return PauseAt(1, start.pauses, now.pauses);
    case RuleMetric::kMutatorUtilization:
      // A collection counts as a whole when it ends, also for what it did
      // before the window.
      return std::max(0.0, 1 - absl::ToDoubleSeconds(now.pause_duration -
                                                     start.pause_duration) /
                                   seconds);
    default:
      return static_cast<double>(now.refused_call_count -
                                 start.refused_call_count) /
             seconds;
  }
}

}  // namespace heapd::server
