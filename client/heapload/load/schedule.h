#ifndef HEAPD_CLIENT_HEAPLOAD_LOAD_SCHEDULE_H_
#define HEAPD_CLIENT_HEAPLOAD_LOAD_SCHEDULE_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "client/heapload/load/clock.h"
#include "client/heapload/load/random.h"
#include "client/heapload/run_report.h"

namespace heapd::heapload {

// A call that the schedule asks for, whatever became of those before it.
struct IntendedCall {
  Nanos start = 0;
  uint32_t phase = 0;  // in Schedule::phase_names()
};

// When calls are to start. A pure description: the same one gives the same
// calls each time it is walked through, by a ScheduleCursor.
//
// A rate of calls that changes in straight lines, or a list of times. Calls
// stand where the integral of the rate reaches 0, 1, 2, ... (evenly), or where
// it reaches the sums of exponentially distributed numbers (a Poisson process).
//
// A value; const objects are thread-safe.
class Schedule {
 public:
  // So long the rate goes from one to the other, in calls a second.
  struct Segment {
    double seconds = 0;
    double from = 0;
    double to = 0;
    uint32_t phase = 0;
  };
  enum class Arrivals { kEven, kPoisson };
  // Whether the segments begin again when they are over.
  enum class Repeat { kOnce, kCycle };

  // At least one segment, each with a length. Ends after `seconds`, or with the
  // last segment if that is earlier and there is no cycle.
  Schedule(std::vector<Segment> segments, std::vector<std::string> phase_names,
           double seconds, Repeat repeat = Repeat::kOnce);
  // One phase, "all". Ends after `seconds`.
  Schedule(std::vector<Nanos> times, double seconds);

  // Takes calls by chance from now on.
  void MakePoisson(uint64_t seed);

  // How long it is. No call starts then or later.
  double seconds() const { return seconds_; }
  const std::vector<std::string>& phase_names() const { return phase_names_; }
  // Which phase was on when, until `seconds`, in the order of time.
  std::vector<PhaseSpan> PhaseSpans(double seconds) const;

 private:
  friend class ScheduleCursor;

  std::vector<Segment> segments_;  // empty: times_ has every call
  std::vector<Nanos> times_;
  std::vector<std::string> phase_names_;
  double seconds_;
  Repeat repeat_ = Repeat::kOnce;
  Arrivals arrivals_ = Arrivals::kEven;
  uint64_t seed_ = 0;
};

// Walks through the calls of a schedule, which must outlive it.
// Single-threaded; several cursors of one schedule give the same calls.
class ScheduleCursor {
 public:
  explicit ScheduleCursor(const Schedule& schedule);

  // The next call, in the order of time; none when the schedule is over.
  std::optional<IntendedCall> Next();

 private:
  std::optional<IntendedCall> NextOfSegments();
  // Goes to the segment after this one; false if there is none.
  bool Advance();
  double NextGap();

  const Schedule& schedule_;
  Random random_;
  size_t next_time_ = 0;  // in times_
  size_t segment_ = 0;
  // Of whole cycles, so that errors of many small steps do not add up.
  uint64_t cycle_ = 0;
  double cycle_seconds_ = 0;
  double cycle_area_ = 0;
  // Where the segment begins within its cycle.
  double segment_seconds_ = 0;
  double segment_area_ = 0;
  // Where on the integral of the rate the next call stands.
  double point_ = 0;
};

}  // namespace heapd::heapload

#endif  // HEAPD_CLIENT_HEAPLOAD_LOAD_SCHEDULE_H_
