#include "server/host/action_queue.h"

#include <algorithm>
#include <utility>

#include "heap/base/error.h"
#include "server/base/reasons.h"

namespace heapd::server {
namespace {

// After a failure, and while others are in the way.
struct Pauses {
  absl::Duration first;
  absl::Duration longest;
};
constexpr Pauses kAfterFailure = {absl::Seconds(10), absl::Minutes(5)};
constexpr Pauses kWhileOthersRun = {absl::Seconds(2), absl::Seconds(30)};

// Kept of failures of heaps that are gone, too.
constexpr size_t kMaxFailures = 4096;

}  // namespace

ActionQueue::Room ActionQueue::RoomNow() const {
  Room room{max_snapshots_};
  for (const auto& [key, entry] : entries_) {
    if (entry.IsUnderWay()) room.Take(entry.action);
  }
  return room;
}

bool ActionQueue::Room::Take(const AutomaticAction& action) {
  if (action.kind != RuleAction::kSnapshot) return true;
  const bool near_limit = action.key.trigger == SnapshotTrigger::kNearLimit;
  if (snapshots <= 0 || (near_limit && !has_near_limit)) return false;
  --snapshots;
  has_near_limit &= !near_limit;
  return true;
}

void ActionQueue::Add(AutomaticAction action, absl::Time now) {
  const ActionKey key = action.key;
  entries_.try_emplace(key, Entry{std::move(action), now, now});
}

std::vector<AutomaticAction> ActionQueue::Take(absl::Time now) {
  std::vector<AutomaticAction> taken;
  Room room = RoomNow();
  for (auto it = entries_.begin(); it != entries_.end();) {
    Entry& entry = it->second;
    if (!entry.IsUnderWay() && now - entry.due > kMaxAge) {
      it = entries_.erase(it);
      continue;
    }
    ++it;
    if (entry.next_try > now || !room.Take(entry.action)) continue;
    entry.next_try = absl::InfiniteFuture();
    taken.push_back(entry.action);
  }
  return taken;
}

bool ActionQueue::Done(const ActionKey& key) {
  failures_.erase(key);
  const auto found = entries_.find(key);
  if (found == entries_.end()) return false;
  const bool was_wanted = !found->second.is_unwanted;
  entries_.erase(found);
  return was_wanted;
}

bool ActionQueue::Failed(const ActionKey& key, const absl::Status& why,
                         absl::Time now) {
  std::string reason = ReasonOf(why);
  const auto found = entries_.find(key);
  if (found != entries_.end()) {
    Entry& entry = found->second;
    const Pauses& pauses =
        reason == reason::kSnapshotRunning ? kWhileOthersRun : kAfterFailure;
    entry.pause = std::clamp(2 * entry.pause, pauses.first, pauses.longest);
    entry.next_try = now + entry.pause;
    if (entry.is_unwanted) entries_.erase(found);
  }
  // It waits for its turn, which is no failure.
  if (reason == reason::kSnapshotRunning) return false;
  if (failures_.size() >= kMaxFailures) failures_.clear();
  std::string words =
      reason.empty() ? std::string(why.message()) : std::move(reason);
  std::string& last = failures_[key];
  if (last == words) return false;
  last = std::move(words);
  return true;
}

void ActionQueue::DropIf(
    const std::function<bool(const AutomaticAction&)>& is_gone) {
  for (auto it = entries_.begin(); it != entries_.end();) {
    Entry& entry = it->second;
    const bool gone = is_gone(entry.action);
    if (gone && !entry.IsUnderWay()) {
      it = entries_.erase(it);
      continue;
    }
    entry.is_unwanted |= gone;
    ++it;
  }
}

}  // namespace heapd::server
