#include "client/heapload/record/session_watch.h"

#include <algorithm>

namespace heapd::heapload {

void SessionWatch::Opened(const std::string& heap, uint64_t session,
                          int64_t time_to_live_nanos, int64_t answered_nanos) {
  leases_.insert_or_assign(session,
                           Lease{heap, time_to_live_nanos, answered_nanos});
  looks_.emplace(answered_nanos + time_to_live_nanos, session);
}

bool SessionWatch::Used(uint64_t session, int64_t answered_nanos) {
  const auto found = leases_.find(session);
  if (found == leases_.end()) return false;
  found->second.used_nanos = std::max(found->second.used_nanos, answered_nanos);
  return true;
}

bool SessionWatch::Closed(uint64_t session) {
  return leases_.erase(session) > 0;
}

void SessionWatch::HeapDeleted(const std::string& heap) {
  absl::erase_if(leases_,
                 [&](const auto& entry) { return entry.second.heap == heap; });
}

std::vector<std::pair<std::string, uint64_t>> SessionWatch::TakeExpired(
    int64_t now_nanos, int64_t oldest_call_nanos) {
  std::vector<std::pair<std::string, uint64_t>> expired;
  const int64_t certain = std::min(now_nanos, oldest_call_nanos);
  while (!looks_.empty() && looks_.top().first < certain) {
    const uint64_t session = looks_.top().second;
    looks_.pop();
    const auto found = leases_.find(session);
    if (found == leases_.end()) continue;
    const Lease& lease = found->second;
    const int64_t end = lease.used_nanos + lease.time_to_live_nanos;
    if (end >= certain) {
      looks_.emplace(end, session);
      continue;
    }
    expired.emplace_back(lease.heap, session);
    leases_.erase(found);
  }
  return expired;
}

}  // namespace heapd::heapload
