#ifndef HEAPD_HEAP_HOLD_SESSION_SURVEY_H_
#define HEAPD_HEAP_HOLD_SESSION_SURVEY_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "heap/hold/session.h"
#include "heap/hold/session_lister.h"
#include "heap/hold/session_table.h"
#include "heap/object/ref.h"

namespace heapd {

// What a session holds.
struct SessionHolds {
  uint64_t session = 0;
  std::string label;
  TagId tag = 0;
  uint64_t scope_count = 0;
  uint64_t hold_count = 0;
  // Self sizes of the objects that it holds, in bytes; not of what those refer
  // to.
  uint64_t held_bytes = 0;
};

// Finds the sessions of a heap that hold most, some holds at a time: there can
// be millions, and calls go on in between. So sessions are seen at different
// moments: one that changes meanwhile is seen as it was for a part of its
// holds, one that is opened may be missed, and one that is closed while it is
// looked at is left out. The mutators' thread calls Step().
class SessionSurvey {
 public:
  // Keeps `max_rows` sessions, at least 1.
  explicit SessionSurvey(size_t max_rows);

  using SizeOf = absl::FunctionRef<uint64_t(Index)>;
  // Looks at about `count` holds and sessions more. Whether none is left.
  // REQUIRES: the same table each time, which is still there.
  bool Step(const SessionTable& sessions, SizeOf size_of, size_t count);

  // By falling bytes, then holds. Ends the survey.
  std::vector<SessionHolds> TakeRows();

 private:
  static bool HoldsMore(const SessionHolds& a, const SessionHolds& b);
  // Ends with the current session. `session`: null if it is closed.
  void EndSession(const Session* session);

  const size_t max_rows_;
  std::optional<SessionLister> lister_;
  size_t end_ = SIZE_MAX;    // the current session's holds below it are left
  uint64_t held_bytes_ = 0;  // of those that are done
  std::vector<SessionHolds> rows_;  // a heap with the least on top
};

}  // namespace heapd

#endif  // HEAPD_HEAP_HOLD_SESSION_SURVEY_H_
