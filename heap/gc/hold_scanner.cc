#include "heap/gc/hold_scanner.h"

#include <algorithm>

namespace heapd {

HoldScanner::HoldScanner(const SessionTable* sessions, MarkingBarrier* barrier)
    : sessions_(sessions), barrier_(*barrier) {}

HoldScanner::HoldScanner(absl::Span<const Index> holds, MarkingBarrier* barrier)
    : sessions_(nullptr), holds_(holds), barrier_(*barrier) {}

bool HoldScanner::ListMore() {
  if (sessions_ == nullptr) return false;
  while (ids_.empty() && next_part_ < SessionTable::Map::kParts) {
    for (const auto& [id, session] : sessions_->map().part(next_part_++)) {
      ids_.push_back(id);
    }
  }
  return !ids_.empty();
}

bool HoldScanner::Scan(size_t count) {
  const size_t now = std::min(count, holds_.size());
  for (const Index object : holds_.first(now)) barrier_.Shade(object);
  holds_.remove_prefix(now);
  count -= now;
  if (!holds_.empty()) return false;
  while (ListMore()) {
    if (count == 0) return false;
    --count;
    const Session* const session = sessions_->Find(ids_.back());
    const size_t scanned =
        session == nullptr
            ? 0
            : session->ForEachHoldBelow(&end_, count, [this](Index object) {
                barrier_.Shade(object);
              });
    count -= scanned;
    if (session != nullptr && end_ > 0) return false;
    ids_.pop_back();
    end_ = SIZE_MAX;
  }
  return true;
}

}  // namespace heapd
