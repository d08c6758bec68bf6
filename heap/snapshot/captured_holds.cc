#include "heap/snapshot/captured_holds.h"

#include <memory>

namespace heapd {
namespace {

// Roughly, of a root or a session with its text.
constexpr uint64_t kTextBytes = 128;

}  // namespace

uint64_t CapturedHolds::BytesFor(const HeapParts& parts) {
  return parts.sessions.hold_count() * sizeof(Index) +
         (parts.roots.size() + parts.sessions.size()) * kTextBytes;
}

CapturedHolds CapturedHolds::Of(HeapParts* parts) {
  CapturedHolds captured;
  captured.roots.reserve(parts->roots.size());
  for (const auto& [name, object] : parts->roots.map()) {
    captured.roots.push_back({name, object});
  }
  captured.sessions.reserve(parts->sessions.size());
  captured.holds.reserve(parts->sessions.hold_count());
  for (const auto& [id, session] : parts->sessions.map()) {
    if (session->snapshot_id() == 0) {
      session->set_snapshot_id(parts->snapshot_ids.TakeId());
    }
    const size_t first = captured.holds.size();
    session->ForEachHold(
        [&captured](Index object) { captured.holds.push_back(object); });
    captured.sessions.push_back({session->snapshot_id(), session->label(),
                                 first, captured.holds.size() - first});
  }
  return captured;
}

}  // namespace heapd
