#include "server/host/lease_table.h"

#include <openssl/rand.h>

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
  HEAPD_CHECK(leases_.Insert(session, Lease{time_to_live, end, end}));
  looks_.emplace(end, session);
}

absl::optional<absl::Duration> LeaseTable::Renew(SessionId session,
                                                 absl::Time arrived,
                                                 absl::Time now) {
  Lease* const lease = leases_.Find(session);
  if (lease == nullptr) return absl::nullopt;
  if (lease->end < arrived) {
    // For good: a call that came earlier can still be on its way to here, and
    // must not bring back what another one was told is over.
    lease->end = absl::InfinitePast();
    return absl::nullopt;
  }
  lease->end = now + lease->time_to_live;
  return lease->time_to_live;
}

absl::Time LeaseTable::EndOf(SessionId session) const {
  const Lease* const lease = leases_.Find(session);
  return lease == nullptr ? absl::InfinitePast() : lease->end;
}

void LeaseTable::Remove(SessionId session) {
  if (!leases_.contains(session)) return;
  const Lease lease = leases_.Extract(session);
  looks_.erase({lease.look, session});
}

std::vector<SessionId> LeaseTable::TakeExpired(absl::Time now, size_t count) {
  std::vector<SessionId> expired;
  for (size_t looked = 0; looked < count && NextEnd() < now; ++looked) {
    const SessionId session = looks_.begin()->second;
    looks_.erase(looks_.begin());
    Lease* const lease = leases_.Find(session);
    if (lease->end < now) {
      leases_.Extract(session);
      expired.push_back(session);
    } else {
      lease->look = lease->end;
      looks_.emplace(lease->look, session);
    }
  }
  return expired;
}

absl::Time LeaseTable::NextEnd() const {
  return looks_.empty() ? absl::InfiniteFuture() : looks_.begin()->first;
}

}  // namespace heapd::server
