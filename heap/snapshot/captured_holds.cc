#include "heap/snapshot/captured_holds.h"

#include <algorithm>

namespace heapd {
namespace {

// Roughly, of a root or a session with its text.
constexpr uint64_t kTextBytes = 128;

}  // namespace

uint64_t HoldsCapture::BytesFor(const HeapParts& parts) {
  return parts.sessions.hold_count() * sizeof(Index) +
         (parts.roots.size() + parts.sessions.size()) * kTextBytes;
}

HoldsCapture::HoldsCapture(HeapParts* parts)
    : parts_(*parts), sessions_(&parts->sessions) {
  holds_.roots.reserve(parts->roots.size());
  for (const auto& [name, object] : parts->roots.map()) {
    holds_.roots.push_back({name, object});
  }
  // Not to be moved later, and no memory that is not touched is taken.
  holds_.sessions.reserve(parts->sessions.size());
  holds_.holds.reserve(parts->sessions.hold_count());
}

void HoldsCapture::Start() { parts_.sessions.set_observer(this); }

void HoldsCapture::BeforeChange(Session* session) {
  if (session->is_observed()) return;
  session->set_observed();
  if (session->snapshot_id() == 0) {
    session->set_snapshot_id(parts_.snapshot_ids.TakeId());
  }
  const size_t first = holds_.holds.size();
  session->ForEachHold(
      [this](Index object) { holds_.holds.push_back(object); });
  holds_.sessions.push_back({session->snapshot_id(), session->label(), first,
                             holds_.holds.size() - first});
}

bool HoldsCapture::CaptureSome(size_t count) {
  for (; sessions_.HasCurrent(); sessions_.Next()) {
    if (count == 0) return false;
    --count;
    // One that was closed was copied before that.
    Session* const session = sessions_.current();
    if (session == nullptr || session->is_observed()) continue;
    count -= std::min(count, session->hold_count());
    BeforeChange(session);
  }
  parts_.sessions.set_observer(nullptr);
  return true;
}

}  // namespace heapd
