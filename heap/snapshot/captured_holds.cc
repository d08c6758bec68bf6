#include "heap/snapshot/captured_holds.h"

#include <algorithm>
#include <memory>

namespace heapd {
namespace {

// Roughly, of a root or a session with its text.
constexpr uint64_t kTextBytes = 128;

}  // namespace

uint64_t HoldsCapture::BytesFor(const HeapParts& parts) {
  return parts.sessions.hold_count() * sizeof(Index) +
         (parts.roots.size() + parts.sessions.size()) * kTextBytes;
}

HoldsCapture::HoldsCapture(HeapParts* parts) : parts_(*parts) {
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

bool HoldsCapture::ListMore() {
  while (ids_.empty() && next_part_ < SessionTable::Map::kParts) {
    for (const auto& [id, session] : parts_.sessions.map().part(next_part_++)) {
      ids_.push_back(id);
    }
  }
  return !ids_.empty();
}

bool HoldsCapture::CaptureSome(size_t count) {
  while (ListMore()) {
    if (count == 0) return false;
    // One that was closed was copied before that.
    if (Session* const session = parts_.sessions.Find(ids_.back());
        session != nullptr) {
      count -= std::min(count, session->hold_count());
      BeforeChange(session);
    }
    count -= std::min<size_t>(count, 1);
    ids_.pop_back();
  }
  parts_.sessions.set_observer(nullptr);
  return true;
}

}  // namespace heapd
