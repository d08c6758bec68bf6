#ifndef HEAPD_SERVER_HOST_LEASE_TABLE_H_
#define HEAPD_SERVER_HOST_LEASE_TABLE_H_

#include <cstddef>
#include <queue>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/time/time.h"
#include "absl/types/optional.h"
#include "heap/heap.h"

namespace heapd::server {

// Until when each session of a heap lives.
//
// Renewing is one look into a hash map: the queue of ends is put right only
// when an end that was moved comes to its front. So there is one entry in it
// for each session, however often that is renewed. Thread-compatible.
class LeaseTable {
 public:
  // A session id that nobody can guess and that is not in use; never 0.
  SessionId NewId() const;

  void Add(SessionId session, absl::Duration time_to_live, absl::Time now);

  // Moves the end to `now` plus the time to live, which is returned; nothing
  // when there is no such session or its lease had ended before `arrived`, the
  // time at which the call came that renews it and then may have waited.
  absl::optional<absl::Duration> Renew(SessionId session, absl::Time arrived,
                                       absl::Time now);

  void Remove(SessionId session);

  // Takes out sessions whose leases had ended before `now`, at most `limit`.
  std::vector<SessionId> TakeExpired(absl::Time now, size_t limit);

  // No lease ends before this; InfiniteFuture() when there is none.
  absl::Time NextEnd() const;

  size_t size() const { return leases_.size(); }

 private:
  struct Lease {
    absl::Duration time_to_live;
    absl::Time end;
  };
  // When a session may have to be looked at: at its end or earlier.
  struct Look {
    absl::Time time;
    SessionId session;
    friend bool operator>(const Look& a, const Look& b) {
      return a.time > b.time;
    }
  };

  absl::flat_hash_map<SessionId, Lease> leases_;
  std::priority_queue<Look, std::vector<Look>, std::greater<>> looks_;
};

}  // namespace heapd::server

#endif  // HEAPD_SERVER_HOST_LEASE_TABLE_H_
