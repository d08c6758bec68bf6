#ifndef HEAPD_SERVER_HOST_LEASE_TABLE_H_
#define HEAPD_SERVER_HOST_LEASE_TABLE_H_

#include <cstddef>
#include <utility>
#include <vector>

#include "absl/container/btree_set.h"
#include "absl/time/time.h"
#include "absl/types/optional.h"
#include "heap/base/sharded_map.h"
#include "heap/heap.h"

namespace heapd::server {

// Until when each session of a heap lives.
//
// Renewing is one look into a hash map: the order of ends is put right only
// when an end that was moved comes to its front. So there is one entry in it
// for each session, however often that is renewed. No call takes a time that
// grows with the number of leases, but for its logarithm: neither the map nor
// the order is ever copied as a whole. Thread-compatible.
class LeaseTable {
 public:
  // A session id that nobody can guess and that is not in use; never 0.
  SessionId NewId() const;

  void Add(SessionId session, absl::Duration time_to_live, absl::Time now);

  // Moves the end to `now` plus the time to live, which is returned; nothing
  // when there is no such session or its lease had ended before `arrived`, the
  // time at which the call came that renews it and then may have waited. Once
  // it has said nothing, it does so for every later call.
  absl::optional<absl::Duration> Renew(SessionId session, absl::Time arrived,
                                       absl::Time now);

  void Remove(SessionId session);

  // When the lease ends unless it is renewed; InfinitePast() when there is no
  // such session, or its lease has ended already.
  absl::Time EndOf(SessionId session) const;

  // Looks at up to `count` leases that can have ended before `now`, and takes
  // out those that have.
  std::vector<SessionId> TakeExpired(absl::Time now, size_t count);

  // No lease ends before this; InfiniteFuture() when there is none.
  absl::Time NextEnd() const;

  size_t size() const { return leases_.size(); }

 private:
  struct Lease {
    absl::Duration time_to_live;
    absl::Time end;
    absl::Time look;  // when to look at it: at its end or earlier
  };

  ShardedMap<Lease> leases_;
  absl::btree_set<std::pair<absl::Time, SessionId>> looks_;
};

}  // namespace heapd::server

#endif  // HEAPD_SERVER_HOST_LEASE_TABLE_H_
