#include "server/host/automatic_plan.h"

#include <algorithm>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "server/ops/config_value.h"
#include "server/ops/logging.h"

namespace heapd::server {
namespace {

Compression CompressionOf(const std::string& name) {
  return FindCompression(name).value_or(Compression::kNone);
}

// "used_ratio is 0.91, above 0.8 for 1m".
std::string ReasonOf(const RuleEntry& entry, const RuleTerms& terms,
                     double value) {
  std::string text;
  switch (InfoOf(terms.metric).unit) {
    case MetricUnit::kDuration:
      text = absl::FormatDuration(absl::Seconds(value));
      break;
    case MetricUnit::kBytes:
    case MetricUnit::kRatio:
    case MetricUnit::kCount:
      text = absl::StrFormat("%.12g", value);
      break;
  }
  return absl::StrCat(entry.metric, " is ", text, ", ",
                      terms.above ? "above " : "below ",
                      terms.above ? entry.above : entry.below, " for ",
                      absl::FormatDuration(entry.window));
}

void LogDue(const AutomaticAction& action) {
  LogWarning("automatic_action_due", {{"what", action.key.What()},
                                      {"heap", action.key.heap},
                                      {"reason", action.reason}});
}

}  // namespace

bool AutomaticPlan::IsWanted(const Config& config) {
  return config.snapshots_near_limit_count > 0 || config.snapshots_on_leak ||
         !config.snapshots_schedules.empty() || !config.snapshots_rules.empty();
}

AutomaticPlan::AutomaticPlan(const Config& config, absl::Time now,
                             ActionHistory history)
    : near_limit_count_(config.snapshots_near_limit_count),
      near_limit_percent_(config.snapshots_near_limit_percent),
      on_leak_(config.snapshots_on_leak),
      leak_second_after_(config.snapshots_leak_second_after),
      destination_(config.snapshots_automatic_destination),
      compression_(CompressionOf(config.snapshots_automatic_compression)),
      history_(std::move(history)),
      queue_(config.snapshots_max_running) {
  for (const RuleEntry& entry : config.snapshots_rules) {
    rules_.push_back({entry, TermsOf(entry), NamePattern(entry.heap)});
  }
  for (const ScheduleEntry& entry : config.snapshots_schedules) {
    schedules_.push_back(
        {entry, NamePattern(entry.heap), {entry.interval, entry.offset, now}});
  }
}

std::vector<AutomaticAction> AutomaticPlan::Look(
    absl::Time now, const std::vector<HeapObservation>& observations) {
  ForgetGone(observations);
  for (const HeapObservation& observation : observations) {
    auto found = watched_.find(observation.heap);
    if (found == watched_.end()) {
      found = watched_.emplace(observation.heap, Watch(observation)).first;
    }
    LookAtHeap(now, observation, &found->second);
  }
  LookAtSchedules(now, observations);
  return queue_.Take(now);
}

AutomaticPlan::Watched AutomaticPlan::Watch(
    const HeapObservation& observation) const {
  Watched watched = {observation.instance,
                     NearLimitWatch(near_limit_count_, near_limit_percent_),
                     LeakWatch(leak_second_after_),
                     {}};
  for (size_t i = 0; i < rules_.size(); ++i) {
    const Rule& rule = rules_[i];
    if (!rule.heaps.Matches(observation.heap)) continue;
    watched.rules.emplace(i, RuleWatch(rule.terms, rule.entry.window));
  }
  return watched;
}

void AutomaticPlan::ForgetGone(
    const std::vector<HeapObservation>& observations) {
  std::map<absl::string_view, absl::string_view> instances;
  for (const HeapObservation& observation : observations) {
    instances[observation.heap] = observation.instance;
  }
  std::set<std::string> gone;
  for (const auto& [heap, watched] : watched_) {
    const auto found = instances.find(heap);
    if (found == instances.end() || found->second != watched.instance) {
      gone.insert(heap);
    }
  }
  if (gone.empty()) return;
  for (const std::string& heap : gone) {
    watched_.erase(heap);
    history_.Forget(heap);
  }
  queue_.DropIf([&gone](const AutomaticAction& action) {
    return gone.contains(action.key.heap);
  });
}

AutomaticAction AutomaticPlan::Snapshot(SnapshotTrigger trigger,
                                        const HeapObservation& observation,
                                        std::string reason) const {
  AutomaticAction action;
  action.key = {trigger, "", observation.heap};
  action.instance = observation.instance;
  action.label = reason;
  action.reason = std::move(reason);
  action.destination = destination_;
  action.compression = compression_;
  return action;
}

void AutomaticPlan::LookAtHeap(absl::Time now,
                               const HeapObservation& observation,
                               Watched* watched) {
  LookAtLimit(now, observation, watched);
  LookAtLeak(now, observation, watched);
  LookAtRules(now, observation, watched);
}

void AutomaticPlan::LookAtLimit(absl::Time now,
                                const HeapObservation& observation,
                                Watched* watched) {
  if (near_limit_count_ == 0) return;
  const ActionKey key = {SnapshotTrigger::kNearLimit, "", observation.heap};
  const int64_t taken =
      history_.CountSince(key.What(), observation.heap, absl::InfinitePast());
  if (!watched->near_limit.IsDue(observation, taken) || queue_.Has(key)) return;
  AutomaticAction action = Snapshot(
      SnapshotTrigger::kNearLimit, observation,
      absl::StrFormat("near the limit: %d of %d bytes used, snapshot %d of %d",
                      observation.used_bytes, observation.limit_bytes,
                      taken + 1, near_limit_count_));
  LogDue(action);
  queue_.Add(std::move(action), now);
}

void AutomaticPlan::LookAtLeak(absl::Time now,
                               const HeapObservation& observation,
                               Watched* watched) {
  if (!on_leak_) return;
  const LeakWatch::Due due =
      watched->leak.Look(now, observation.leak_suspected);
  if (due == LeakWatch::Due::kNothing) return;
  const bool is_second = due == LeakWatch::Due::kSecond;
  AutomaticAction action = Snapshot(
      SnapshotTrigger::kLeak, observation,
      is_second ? absl::StrCat("leak suspected ",
                               absl::FormatDuration(leak_second_after_), " ago")
                : absl::StrCat("leak suspected: ", observation.leak_reason));
  LogDue(action);
  queue_.Add(std::move(action), now);
}

void AutomaticPlan::LookAtRules(absl::Time now,
                                const HeapObservation& observation,
                                Watched* watched) {
  for (auto& [number, watch] : watched->rules) {
    const absl::optional<double> value = watch.Look(now, observation);
    if (!value.has_value()) continue;
    const Rule& rule = rules_[number];
    AutomaticAction action = Snapshot(SnapshotTrigger::kRule, observation,
                                      ReasonOf(rule.entry, rule.terms, *value));
    action.key.rule = rule.entry.name;
    action.kind = rule.terms.action;
    if (!rule.entry.label.empty()) action.label = rule.entry.label;
    action.destination = rule.entry.destination;
    action.compression = CompressionOf(rule.entry.compression);
    if (queue_.Has(action.key) ||
        history_.CountSince(action.key.What(), observation.heap,
                            now - rule.entry.period) >= rule.entry.limit) {
      continue;
    }
    LogDue(action);
    queue_.Add(std::move(action), now);
  }
}

void AutomaticPlan::LookAtSchedules(
    absl::Time now, const std::vector<HeapObservation>& observations) {
  for (Schedule& schedule : schedules_) {
    if (!schedule.times.IsDue(now)) continue;
    for (const HeapObservation& observation : observations) {
      if (!schedule.heaps.Matches(observation.heap)) continue;
      AutomaticAction action =
          Snapshot(SnapshotTrigger::kSchedule, observation,
                   absl::StrCat("every ",
                                absl::FormatDuration(schedule.entry.interval)));
      action.key.rule = schedule.entry.name;
      action.label = schedule.entry.label;
      action.destination = schedule.entry.destination;
      action.compression = CompressionOf(schedule.entry.compression);
      queue_.Add(std::move(action), now);
    }
  }
}

void AutomaticPlan::Done(const ActionKey& key, absl::Time now) {
  if (!queue_.Done(key)) return;
  // The others have no limit.
  if (key.trigger == SnapshotTrigger::kNearLimit ||
      key.trigger == SnapshotTrigger::kRule) {
    history_.Add(key.What(), key.heap, now);
  }
}

bool AutomaticPlan::Failed(const ActionKey& key, const absl::Status& why,
                           absl::Time now) {
  return queue_.Failed(key, why, now);
}

}  // namespace heapd::server
