#include "server/host/lease_table.h"

#include <openssl/rand.h>

#include <functional>
#include <utility>

#include "heap/base/check.h"

namespace heapd::server {

SessionId LeaseTable::NewId() const {
  SessionId session = 0;
  do {
    HEAPD_CHECK(RAND_bytes(reinterpret_cast<unsigned char*>(&session),
                           sizeof(session)) == 1);
  } while (session == 0 || leases_.contains(session));
  return session;
}

void LeaseTable::Add(SessionId session, absl::Duration time_to_live,
                     absl::Time now) {
  const absl::Time end = now + time_to_live;
  HEAPD_CHECK(leases_.try_emplace(session, Lease{time_to_live, end}).second);
  looks_.push({end, session});
}

absl::optional<absl::Duration> LeaseTable::Renew(SessionId session,
                                                 absl::Time arrived,
                                                 absl::Time now) {
  const auto found = leases_.find(session);
  if (found == leases_.end() || found->second.end < arrived) {
    return absl::nullopt;
  }
  found->second.end = now + found->second.time_to_live;
  return found->second.time_to_live;
}

void LeaseTable::Remove(SessionId session) {
  leases_.erase(session);
  // A client that opens and closes in a loop must not fill the queue.
  if (looks_.size() < 64 || looks_.size() < 2 * leases_.size()) return;
  std::vector<Look> kept;
  kept.reserve(leases_.size());
  for (const auto& [id, lease] : leases_) kept.push_back({lease.end, id});
  looks_ = decltype(looks_)(std::greater<>(), std::move(kept));
}

std::vector<SessionId> LeaseTable::TakeExpired(absl::Time now, size_t limit) {
  std::vector<SessionId> expired;
  // Every turn ends here even if none of the looks finds an expired session.
  for (size_t looked = 0; looked < 4 * limit && expired.size() < limit;
       ++looked) {
    if (looks_.empty() || looks_.top().time >= now) break;
    const SessionId session = looks_.top().session;
    looks_.pop();
    const auto found = leases_.find(session);
    if (found == leases_.end()) continue;
    if (found->second.end < now) {
      leases_.erase(found);
      expired.push_back(session);
    } else {
      looks_.push({found->second.end, session});
    }
  }
  return expired;
}

absl::Time LeaseTable::NextEnd() const {
  return looks_.empty() ? absl::InfiniteFuture() : looks_.top().time;
}

}  // namespace heapd::server
