#include "heap/hold/session_survey.h"

#include <algorithm>
#include <utility>

#include "heap/base/check.h"

namespace heapd {

SessionSurvey::SessionSurvey(size_t max_rows) : max_rows_(max_rows) {
  HEAPD_CHECK(max_rows > 0);
}

bool SessionSurvey::Step(const SessionTable& sessions, SizeOf size_of,
                         size_t count) {
  if (!lister_) lister_.emplace(&sessions);
  while (lister_->HasCurrent()) {
    if (count == 0) return false;
    const Session* const session = lister_->current();
    size_t looked = 1;  // at the session itself
    if (session != nullptr) {
      looked += session->ForEachHoldBelow(
          &end_, count,
          [this, size_of](Index object) { held_bytes_ += size_of(object); });
      if (end_ > 0) return false;
    }
    EndSession(session);
    count -= std::min(count, looked);
  }
  return true;
}

void SessionSurvey::EndSession(const Session* session) {
  if (session != nullptr) {
    rows_.push_back({.session = lister_->current_id(),
                     .label = session->label(),
                     .tag = session->tag(),
                     .scope_count = session->depth(),
                     .hold_count = session->hold_count(),
                     .held_bytes = held_bytes_});
    std::push_heap(rows_.begin(), rows_.end(), HoldsMore);
    if (rows_.size() > max_rows_) {
      std::pop_heap(rows_.begin(), rows_.end(), HoldsMore);
      rows_.pop_back();
    }
  }
  lister_->Next();
  end_ = SIZE_MAX;
  held_bytes_ = 0;
}

bool SessionSurvey::HoldsMore(const SessionHolds& a, const SessionHolds& b) {
  if (a.held_bytes != b.held_bytes) return a.held_bytes > b.held_bytes;
  if (a.hold_count != b.hold_count) return a.hold_count > b.hold_count;
  return a.session < b.session;
}

std::vector<SessionHolds> SessionSurvey::TakeRows() {
  std::sort(rows_.begin(), rows_.end(), HoldsMore);
  return std::move(rows_);
}

}  // namespace heapd
