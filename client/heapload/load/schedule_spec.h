#ifndef HEAPD_CLIENT_HEAPLOAD_LOAD_SCHEDULE_SPEC_H_
#define HEAPD_CLIENT_HEAPLOAD_LOAD_SCHEDULE_SPEC_H_

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "client/heapload/load/schedule.h"

namespace heapd::heapload {

// When the calls of a recording came, in seconds from its first.
using RecordingReader =
    std::function<absl::StatusOr<std::vector<double>>(const std::string& file)>;

// What a schedule's text alone does not say.
struct ScheduleContext {
  // Unset: as long as steps or recording last, else a minute.
  std::optional<absl::Duration> duration = {};
  uint64_t seed = 1;  // of poisson
  RecordingReader read_recording = {};
};

inline constexpr absl::Duration kDefaultDuration = absl::Seconds(60);

// What the text of a schedule may be, for help.
inline constexpr char kScheduleHelp[] =
    "When calls start, RATE in calls a second: constant:RATE, poisson:RATE, "
    "ramp:FROM:TO, burst:BASE:PEAK:PERIOD:DUTY (DUTY is the part of the period "
    "at PEAK), steps:RATE@DURATION[:NAME],..., recorded:FILE[:SPEED]";

// The schedule that such a text describes. INVALID_ARGUMENT says what is wrong
// with the text; for a recording also what its reader says.
absl::StatusOr<Schedule> ParseSchedule(std::string_view text,
                                       const ScheduleContext& context);

}  // namespace heapd::heapload

#endif  // HEAPD_CLIENT_HEAPLOAD_LOAD_SCHEDULE_SPEC_H_
