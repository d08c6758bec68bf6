#ifndef HEAPD_SERVER_OPS_SCHEDULE_ENTRY_H_
#define HEAPD_SERVER_OPS_SCHEDULE_ENTRY_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace heapd::server {

// When snapshots are taken of heaps, whatever happens to them: at midnight
// (UTC) of the first of January 1970 plus `offset`, and every `interval` from
// then on. So a restart moves nothing, and "interval: 24h, offset: 3h" is every
// night at three. A value.
struct ScheduleEntry {
  std::string name;
  std::string heap = "*";                          // as in RuleEntry
  absl::Duration interval = absl::ZeroDuration();  // required
  absl::Duration offset = absl::ZeroDuration();
  std::string label;
  std::string destination;           // empty for the default
  std::string compression = "none";  // none, zstd, gzip

  friend bool operator==(const ScheduleEntry&, const ScheduleEntry&) = default;
};

// Reads one from a YAML map, such as "{name: nightly, interval: 24h}".
// INVALID_ARGUMENT says what is wrong with which key of which schedule.
absl::StatusOr<ScheduleEntry> ParseScheduleEntry(absl::string_view text);

// Writes a map, in one line, that ParseScheduleEntry() reads as the same.
std::string FormatScheduleEntry(const ScheduleEntry& entry);

}  // namespace heapd::server

#endif  // HEAPD_SERVER_OPS_SCHEDULE_ENTRY_H_
