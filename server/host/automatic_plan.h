#ifndef HEAPD_SERVER_HOST_AUTOMATIC_PLAN_H_
#define HEAPD_SERVER_HOST_AUTOMATIC_PLAN_H_

#include <map>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "server/auth/policy.h"
#include "server/host/action_history.h"
#include "server/host/action_queue.h"
#include "server/host/automatic_action.h"
#include "server/host/heap_observation.h"
#include "server/host/leak_watch.h"
#include "server/host/near_limit_watch.h"
#include "server/host/rule_watch.h"
#include "server/host/snapshot_schedule.h"
#include "server/ops/config.h"

namespace heapd::server {

// Decides what heapd does by itself with which heap, from looks at all heaps
// and the configuration (snapshots.near_limit_*, on_leak, schedules, rules).
// Somebody else does it and says what became of it. Knows time only from what
// it is told. Single-threaded.
//
// An action counts for its limit when it is done, or cancelled by somebody; one
// that fails is tried again (ActionQueue).
class AutomaticPlan {
 public:
  // Whether the configuration has anything for it to do.
  static bool IsWanted(const Config& config);

  // Schedules count from `now` on. `history` is what was done before.
  AutomaticPlan(const Config& config, absl::Time now, ActionHistory history);
  AutomaticPlan(const AutomaticPlan&) = delete;
  AutomaticPlan& operator=(const AutomaticPlan&) = delete;

  // What is to be done now; each is followed by Done() or Failed(). To be
  // called every second with all heaps that there are.
  std::vector<AutomaticAction> Look(
      absl::Time now, const std::vector<HeapObservation>& observations);

  void Done(const ActionKey& key, absl::Time now);
  // Whether that is news, to be logged.
  bool Failed(const ActionKey& key, const absl::Status& why, absl::Time now);

  // What counts for limits.
  ActionHistory& history() { return history_; }

 private:
  struct Rule {
    RuleEntry entry;
    RuleTerms terms;
    NamePattern heaps;
  };
  struct Schedule {
    ScheduleEntry entry;
    NamePattern heaps;
    SnapshotSchedule times;
  };
  // What is known of one life of a heap.
  struct Watched {
    std::string instance;
    NearLimitWatch near_limit;
    LeakWatch leak;
    std::map<size_t, RuleWatch> rules;  // by number; of those that match
  };

  Watched Watch(const HeapObservation& observation) const;
  // Forgets heaps that were deleted; whether the heap is a new one.
  void ForgetGone(const std::vector<HeapObservation>& observations);
  void LookAtHeap(absl::Time now, const HeapObservation& observation,
                  Watched* watched);
  void LookAtLimit(absl::Time now, const HeapObservation& observation,
                   Watched* watched);
  void LookAtLeak(absl::Time now, const HeapObservation& observation,
                  Watched* watched);
  void LookAtRules(absl::Time now, const HeapObservation& observation,
                   Watched* watched);
  void LookAtSchedules(absl::Time now,
                       const std::vector<HeapObservation>& observations);
  // A snapshot as the keys snapshots.automatic_* say.
  AutomaticAction Snapshot(SnapshotTrigger trigger,
                           const HeapObservation& observation,
                           std::string reason) const;

  const int64_t near_limit_count_;
  const int64_t near_limit_percent_;
  const bool on_leak_;
  const absl::Duration leak_second_after_;
  const std::string destination_;
  const Compression compression_;
  std::vector<Rule> rules_;
  std::vector<Schedule> schedules_;
  ActionHistory history_;
  ActionQueue queue_;
  std::map<std::string, Watched> watched_;  // by heap
};

}  // namespace heapd::server

#endif  // HEAPD_SERVER_HOST_AUTOMATIC_PLAN_H_
