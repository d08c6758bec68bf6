#ifndef HEAPD_HEAP_HOLD_SESSION_LISTER_H_
#define HEAPD_HEAP_HOLD_SESSION_LISTER_H_

#include <cstddef>
#include <cstdint>
#include <vector>

#include "heap/hold/session.h"
#include "heap/hold/session_table.h"

namespace heapd {

// Goes through the sessions of a heap, some at a time, while others are opened
// and closed in between: they are listed one part of the table after the other,
// and stay in theirs. The mutators' thread calls everything.
class SessionLister {
 public:
  // REQUIRES: `sessions` outlives the lister.
  explicit SessionLister(const SessionTable* sessions) : sessions_(*sessions) {}

  // Whether there is a current one, which there is until the last is over.
  bool HasCurrent() {
    while (ids_.empty() && next_part_ < SessionTable::Map::kParts) {
      for (const auto& [id, session] : sessions_.map().part(next_part_++)) {
        ids_.push_back(id);
      }
    }
    return !ids_.empty();
  }
  // Null when it was closed. REQUIRES, as Next() does: HasCurrent().
  Session* current() const { return sessions_.Find(current_id()); }
  uint64_t current_id() const { return ids_.back(); }
  void Next() { ids_.pop_back(); }

 private:
  const SessionTable& sessions_;
  size_t next_part_ = 0;
  std::vector<uint64_t> ids_;  // of those that are left of a part
};

}  // namespace heapd

#endif  // HEAPD_HEAP_HOLD_SESSION_LISTER_H_
