#ifndef HEAPD_CLIENT_HEAPLOAD_RECORD_SESSION_WATCH_H_
#define HEAPD_CLIENT_HEAPLOAD_RECORD_SESSION_WATCH_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <queue>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"

namespace heapd::heapload {

// Finds out when leases of sessions ran out, which no call tells: a session has
// expired for certain when its time to live has passed since the *answer* of
// its last call, and no call is in flight that came before that.
//
// Times are nanoseconds of the recording. Single-threaded.
class SessionWatch {
 public:
  void Opened(const std::string& heap, uint64_t session,
              int64_t time_to_live_nanos, int64_t answered_nanos);
  // A call with the session was answered. False for a session that is not
  // known.
  bool Used(uint64_t session, int64_t answered_nanos);
  // Whether it was there.
  bool Closed(uint64_t session);
  void HeapDeleted(const std::string& heap);

  // Takes out the sessions that have expired by `now_nanos`, as (heap,
  // session). `oldest_call_nanos`: when the oldest call in flight came.
  std::vector<std::pair<std::string, uint64_t>> TakeExpired(
      int64_t now_nanos, int64_t oldest_call_nanos);

  size_t size() const { return leases_.size(); }

 private:
  struct Lease {
    std::string heap;
    int64_t time_to_live_nanos;
    int64_t used_nanos;
  };
  // When to look at a session: at its end or earlier, once for each session.
  using Look = std::pair<int64_t, uint64_t>;

  absl::flat_hash_map<uint64_t, Lease> leases_;
  std::priority_queue<Look, std::vector<Look>, std::greater<>> looks_;
};

}  // namespace heapd::heapload

#endif  // HEAPD_CLIENT_HEAPLOAD_RECORD_SESSION_WATCH_H_
