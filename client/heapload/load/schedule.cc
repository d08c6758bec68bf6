#include "client/heapload/load/schedule.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "client/heapd/check.h"

namespace heapd::heapload {
namespace {

// Calls that stand this near to the end of a segment stand at the begin of the
// next: sums of fractions are not exact, and a call more or less would show.
constexpr double kAreaTolerance = 1e-6;

double AreaOf(const Schedule::Segment& segment) {
  return segment.seconds * (segment.from + segment.to) / 2;
}

// When the integral of the segment's rate reaches `area`, in seconds from its
// begin: the positive root of slope/2 x^2 + from x = area, in the form that
// also holds for a slope of 0.
double SecondsAt(const Schedule::Segment& segment, double area) {
  if (area <= 0) return 0;
  const double slope = (segment.to - segment.from) / segment.seconds;
  const double root =
      std::sqrt(std::max(0.0, segment.from * segment.from + 2 * slope * area));
  return std::min(segment.seconds, 2 * area / (segment.from + root));
}

}  // namespace

Schedule::Schedule(std::vector<Segment> segments,
                   std::vector<std::string> phase_names, double seconds,
                   Repeat repeat)
    : segments_(std::move(segments)),
      phase_names_(std::move(phase_names)),
      seconds_(seconds),
      repeat_(repeat) {
  HEAPD_CLIENT_CHECK(!segments_.empty());
  double length = 0;
  for (const Segment& segment : segments_) {
    HEAPD_CLIENT_CHECK(segment.seconds > 0);
    HEAPD_CLIENT_CHECK(segment.phase < phase_names_.size());
    length += segment.seconds;
  }
  if (repeat_ == Repeat::kOnce) seconds_ = std::min(seconds_, length);
}

Schedule::Schedule(std::vector<Nanos> times, double seconds)
    : times_(std::move(times)), phase_names_({"all"}), seconds_(seconds) {
  std::sort(times_.begin(), times_.end());
}

void Schedule::MakePoisson(uint64_t seed) {
  arrivals_ = Arrivals::kPoisson;
  seed_ = seed;
}

std::vector<PhaseSpan> Schedule::PhaseSpans(double seconds) const {
  const double end = std::min(seconds, seconds_);
  if (segments_.empty()) return {{"all", 0, end}};
  std::vector<PhaseSpan> spans;
  double cycle_start = 0;
  do {
    double start = cycle_start;
    for (const Segment& segment : segments_) {
      if (start >= end) return spans;
      const double until = std::min(end, start + segment.seconds);
      const std::string& name = phase_names_[segment.phase];
      if (!spans.empty() && spans.back().name == name) {
        spans.back().end_seconds = until;
      } else {
        spans.push_back({name, start, until});
      }
      start += segment.seconds;
    }
    cycle_start = start;
  } while (repeat_ == Repeat::kCycle);
  return spans;
}

ScheduleCursor::ScheduleCursor(const Schedule& schedule)
    : schedule_(schedule), random_(schedule.seed_) {
  for (const Schedule::Segment& segment : schedule.segments_) {
    cycle_seconds_ += segment.seconds;
    cycle_area_ += AreaOf(segment);
  }
  if (schedule.arrivals_ == Schedule::Arrivals::kPoisson) point_ = NextGap();
}

std::optional<IntendedCall> ScheduleCursor::Next() {
  if (!schedule_.segments_.empty()) return NextOfSegments();
  if (next_time_ == schedule_.times_.size()) return std::nullopt;
  const Nanos time = schedule_.times_[next_time_++];
  if (ToSeconds(time) >= schedule_.seconds_) return std::nullopt;
  return IntendedCall{time, 0};
}

std::optional<IntendedCall> ScheduleCursor::NextOfSegments() {
  while (true) {
    const Schedule::Segment& segment = schedule_.segments_[segment_];
    const double before =
        static_cast<double>(cycle_) * cycle_area_ + segment_area_;
    const double begin =
        static_cast<double>(cycle_) * cycle_seconds_ + segment_seconds_;
    if (begin >= schedule_.seconds_) return std::nullopt;
    if (point_ - before < AreaOf(segment) - kAreaTolerance) {
      const double seconds = begin + SecondsAt(segment, point_ - before);
      if (seconds >= schedule_.seconds_ - 1e-9) return std::nullopt;
      point_ += NextGap();
      return IntendedCall{static_cast<Nanos>(std::llround(seconds * 1e9)),
                          segment.phase};
    }
    if (!Advance()) return std::nullopt;
  }
}

bool ScheduleCursor::Advance() {
  const Schedule::Segment& segment = schedule_.segments_[segment_];
  segment_seconds_ += segment.seconds;
  segment_area_ += AreaOf(segment);
  if (++segment_ < schedule_.segments_.size()) return true;
  if (schedule_.repeat_ == Schedule::Repeat::kOnce) return false;
  ++cycle_;
  segment_ = 0;
  segment_seconds_ = 0;
  segment_area_ = 0;
  return true;
}

double ScheduleCursor::NextGap() {
  return schedule_.arrivals_ == Schedule::Arrivals::kEven
             ? 1
             : random_.Exponential();
}

}  // namespace heapd::heapload
