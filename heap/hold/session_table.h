#ifndef HEAPD_HEAP_HOLD_SESSION_TABLE_H_
#define HEAPD_HEAP_HOLD_SESSION_TABLE_H_

#include <cstddef>
#include <cstdint>
#include <memory>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "heap/base/memory_budget.h"
#include "heap/hold/session.h"

namespace heapd {

// The open sessions of a heap by id. Thread-compatible.
class SessionTable {
 public:
  // REQUIRES: `account` outlives the table.
  explicit SessionTable(MemoryAccount* account) : account_(account) {}
  ~SessionTable();
  SessionTable(const SessionTable&) = delete;
  SessionTable& operator=(const SessionTable&) = delete;

  // INVALID_ARGUMENT: id 0 or in use, label too long or no UTF-8.
  // RESOURCE_EXHAUSTED (SESSION_COUNT, HEAP_LIMIT).
  absl::Status Open(uint64_t id, absl::string_view label);
  // False when there is no such session.
  bool Close(uint64_t id);
  // Null when there is no such session.
  Session* Find(uint64_t id) const {
    const auto found = sessions_.find(id);
    return found == sessions_.end() ? nullptr : found->second.get();
  }

  using Map = absl::flat_hash_map<uint64_t, std::unique_ptr<Session>>;
  const Map& map() const { return sessions_; }
  size_t size() const { return sessions_.size(); }

  // Sessions that may hold young objects.
  const Session::List& young() const { return young_; }
  // A scavenge is over; see Session::AfterScavenge().
  void AfterScavenge(bool all_promoted);

 private:
  MemoryAccount* const account_;
  Session::List young_;  // outlives the sessions
  Map sessions_;
};

// What an open session costs beside its holds, roughly, in bytes.
inline constexpr uint64_t kSessionBytes = 256;

}  // namespace heapd

#endif  // HEAPD_HEAP_HOLD_SESSION_TABLE_H_
