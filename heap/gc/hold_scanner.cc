#include "heap/gc/hold_scanner.h"

#include <algorithm>

namespace heapd {

HoldScanner::HoldScanner(const SessionTable* sessions, MarkingBarrier* barrier)
    : sessions_(sessions), barrier_(*barrier) {}

HoldScanner::HoldScanner(absl::Span<const Index> holds, MarkingBarrier* barrier)
    : holds_(holds), barrier_(*barrier) {}

bool HoldScanner::Scan(size_t count) {
  const size_t now = std::min(count, holds_.size());
  for (const Index object : holds_.first(now)) barrier_.Shade(object);
  holds_.remove_prefix(now);
  count -= now;
  if (!sessions_.has_value()) return holds_.empty();
  while (sessions_->HasCurrent()) {
    if (count == 0) return false;
    --count;
    const Session* const session = sessions_->current();
    const size_t scanned =
        session == nullptr
            ? 0
            : session->ForEachHoldBelow(&end_, count, [this](Index object) {
                barrier_.Shade(object);
              });
    count -= scanned;
    if (session != nullptr && end_ > 0) return false;
    sessions_->Next();
    end_ = SIZE_MAX;
  }
  return true;
}

}  // namespace heapd
