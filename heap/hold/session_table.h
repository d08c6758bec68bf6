#ifndef HEAPD_HEAP_HOLD_SESSION_TABLE_H_
#define HEAPD_HEAP_HOLD_SESSION_TABLE_H_

#include <cstddef>
#include <cstdint>
#include <memory>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "heap/base/memory_budget.h"
#include "heap/base/sharded_map.h"
#include "heap/hold/session.h"
#include "heap/object/type.h"

namespace heapd {

// The open sessions of a heap by id. Thread-compatible.
class SessionTable {
 public:
  // REQUIRES: `account` outlives the table.
  explicit SessionTable(MemoryAccount* account) : account_(account) {}
  ~SessionTable();
  SessionTable(const SessionTable&) = delete;
  SessionTable& operator=(const SessionTable&) = delete;

  // `tag`: see Session. INVALID_ARGUMENT: id 0 or in use, label too long or no
  // UTF-8. RESOURCE_EXHAUSTED (SESSION_COUNT, HEAP_LIMIT).
  absl::Status Open(uint64_t id, absl::string_view label, TagId tag = 0);
  // The session, which is closed and detached; null when there is none. Its
  // memory is the caller's to free.
  std::unique_ptr<Session> Close(uint64_t id);
  // Null when there is no such session.
  Session* Find(uint64_t id) const {
    const std::unique_ptr<Session>* const found = sessions_.Find(id);
    return found == nullptr ? nullptr : found->get();
  }

  using Map = ShardedMap<std::unique_ptr<Session>>;
  const Map& map() const { return sessions_; }
  size_t size() const { return sessions_.size(); }
  // Of all sessions.
  uint64_t hold_count() const { return shared_.hold_total; }

  // Sessions that may hold young objects.
  const Session::List& young() const { return shared_.young; }
  // Null: nobody is told of changes. The sessions that there are now are not
  // observed. REQUIRES: nobody is told yet, or null; nothing is young.
  void set_observer(Session::Observer* observer) {
    shared_.observer = observer;
    ++shared_.observer_number;
  }
  // A scavenge is over; see Session::AfterScavenge().
  void AfterScavenge(bool all_promoted);

 private:
  MemoryAccount* const account_;
  Session::Shared shared_;  // outlives the sessions
  Map sessions_;
};

// What an open session costs beside its holds, roughly, in bytes: itself, its
// place in the table, and the lease that the daemon keeps.
inline constexpr uint64_t kSessionBytes = 384;

}  // namespace heapd

#endif  // HEAPD_HEAP_HOLD_SESSION_TABLE_H_
