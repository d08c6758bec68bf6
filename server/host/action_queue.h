#ifndef HEAPD_SERVER_HOST_ACTION_QUEUE_H_
#define HEAPD_SERVER_HOST_ACTION_QUEUE_H_

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "server/host/automatic_action.h"

namespace heapd::server {

// Actions from when they become due until they are done:
//
//                 Take()                  Done()
//    Add() ──▶ waiting ────────▶ under way ──────▶ gone
//                 ▲                 │
//                 └── pause ◀───────┘ Failed(), until it is too old
//
// A pause grows from ten seconds to five minutes, or from two seconds to thirty
// while others are in the way (SNAPSHOT_RUNNING). Why something fails is told
// once, and again when it fails for another reason. Single-threaded.
class ActionQueue {
 public:
  // How long what fails is tried.
  static constexpr absl::Duration kMaxAge = absl::Hours(1);

  // At most so many snapshots are under way: more would be refused.
  explicit ActionQueue(int64_t max_snapshots) : max_snapshots_(max_snapshots) {}

  bool Has(const ActionKey& key) const { return entries_.contains(key); }
  // One that is there already stays.
  void Add(AutomaticAction action, absl::Time now);

  // Those whose time has come, which are under way from now on; at most one
  // near a limit at a time, for these share a reserve of memory. Drops those
  // that are too old.
  std::vector<AutomaticAction> Take(absl::Time now);

  // It was done, or somebody cancelled it. Whether it was wanted: not for a
  // heap that has gone. Harmless for what is not there.
  bool Done(const ActionKey& key);

  // It failed. Whether that is news, to be logged.
  bool Failed(const ActionKey& key, const absl::Status& why, absl::Time now);

  // Drops those of which `is_gone` holds; one that is under way is not tried
  // again.
  void DropIf(const std::function<bool(const AutomaticAction&)>& is_gone);

 private:
  struct Entry {
    bool IsUnderWay() const { return next_try == absl::InfiniteFuture(); }

    AutomaticAction action;
    absl::Time due;       // since when
    absl::Time next_try;  // infinite future: under way
    absl::Duration pause = absl::ZeroDuration();
    bool is_unwanted = false;  // under way, and not to be tried again
  };

  // How many more may be under way.
  struct Room {
    // Whether there is room for this one too.
    bool Take(const AutomaticAction& action);

    int64_t snapshots = 0;
    // They share a reserve of memory.
    bool has_near_limit = true;
  };
  Room RoomNow() const;

  const int64_t max_snapshots_;
  std::map<ActionKey, Entry> entries_;
  // Of what was tried last, in words that do not change from try to try.
  // Bounded by rules and heaps: what is done is taken out.
  std::map<ActionKey, std::string> failures_;
};

}  // namespace heapd::server

#endif  // HEAPD_SERVER_HOST_ACTION_QUEUE_H_
