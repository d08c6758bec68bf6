#include "client/heapload/load/schedule_spec.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "client/heapd/status_macros.h"
#include "client/heapd/strings.h"

namespace heapd::heapload {
namespace {

using client::Absl;
using client::Std;

// More than any connection of one machine carries.
constexpr double kMaxRate = 1e7;
// A burst's spans are listed one by one in the report.
constexpr absl::Duration kMinPeriod = absl::Milliseconds(10);
constexpr absl::Duration kMaxLength = absl::Hours(24 * 30);

using Parts = std::vector<absl::string_view>;

absl::Status Bad(std::string_view what, absl::string_view text) {
  return absl::InvalidArgumentError(
      absl::StrCat("schedule: ", Absl(what), ": '", text, "'"));
}

absl::StatusOr<double> ParseRate(absl::string_view text) {
  double rate = 0;
  if (!absl::SimpleAtod(text, &rate) || !(rate >= 0 && rate <= kMaxRate)) {
    return Bad("not a rate from 0 to 10,000,000 calls a second", text);
  }
  return rate;
}

absl::StatusOr<double> ParseSeconds(absl::string_view text,
                                    absl::Duration least) {
  absl::Duration duration;
  if (!absl::ParseDuration(text, &duration) || duration < least ||
      duration > kMaxLength) {
    return Bad(absl::StrCat("not a duration of ", absl::FormatDuration(least),
                            " to 30 days, such as 10s"),
               text);
  }
  return absl::ToDoubleSeconds(duration);
}

double LengthOf(const ScheduleContext& context) {
  return absl::ToDoubleSeconds(context.duration.value_or(kDefaultDuration));
}

// steps and recordings have a length of their own.
double LengthOr(const ScheduleContext& context, double own) {
  return context.duration.has_value() ? std::min(own, LengthOf(context)) : own;
}

absl::Status ExpectParts(const Parts& parts, size_t count,
                         std::string_view form) {
  if (parts.size() == count) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat("schedule: not of the form ", Absl(form)));
}

absl::StatusOr<Schedule> ParseConstant(const Parts& parts,
                                       const ScheduleContext& context) {
  HEAPD_CLIENT_RETURN_IF_ERROR(
      ExpectParts(parts, 2, absl::StrCat(parts[0], ":RATE")));
  HEAPD_CLIENT_ASSIGN_OR_RETURN(const double rate, ParseRate(parts[1]));
  const double seconds = LengthOf(context);
  Schedule schedule({{seconds, rate, rate, 0}}, {"all"}, seconds);
  if (parts[0] == "poisson") schedule.MakePoisson(context.seed);
  return schedule;
}

absl::StatusOr<Schedule> ParseRamp(const Parts& parts,
                                   const ScheduleContext& context) {
  HEAPD_CLIENT_RETURN_IF_ERROR(ExpectParts(parts, 3, "ramp:FROM:TO"));
  HEAPD_CLIENT_ASSIGN_OR_RETURN(const double from, ParseRate(parts[1]));
  HEAPD_CLIENT_ASSIGN_OR_RETURN(const double to, ParseRate(parts[2]));
  const double seconds = LengthOf(context);
  return Schedule({{seconds, from, to, 0}}, {"all"}, seconds);
}

absl::StatusOr<Schedule> ParseBurst(const Parts& parts,
                                    const ScheduleContext& context) {
  HEAPD_CLIENT_RETURN_IF_ERROR(
      ExpectParts(parts, 5, "burst:BASE:PEAK:PERIOD:DUTY"));
  HEAPD_CLIENT_ASSIGN_OR_RETURN(const double base, ParseRate(parts[1]));
  HEAPD_CLIENT_ASSIGN_OR_RETURN(const double peak, ParseRate(parts[2]));
  HEAPD_CLIENT_ASSIGN_OR_RETURN(const double period,
                                ParseSeconds(parts[3], kMinPeriod));
  double duty = 0;
  if (!absl::SimpleAtod(parts[4], &duty) || !(duty > 0 && duty < 1)) {
    return Bad("not a duty between 0 and 1", parts[4]);
  }
  const double high = period * duty;
  return Schedule({{period - high, base, base, 0}, {high, peak, peak, 1}},
                  {"base", "peak"}, LengthOf(context),
                  Schedule::Repeat::kCycle);
}

// Adds one RATE@DURATION[:NAME].
absl::Status AddStep(absl::string_view text,
                     std::vector<Schedule::Segment>& segments,
                     std::vector<std::string>& names) {
  const Parts at = absl::StrSplit(text, absl::MaxSplits('@', 1));
  if (at.size() != 2) return Bad("not of the form RATE@DURATION[:NAME]", text);
  const Parts rest = absl::StrSplit(at[1], absl::MaxSplits(':', 1));
  HEAPD_CLIENT_ASSIGN_OR_RETURN(const double rate, ParseRate(at[0]));
  HEAPD_CLIENT_ASSIGN_OR_RETURN(const double seconds,
                                ParseSeconds(rest[0], absl::Milliseconds(1)));
  const std::string name = rest.size() == 2
                               ? std::string(rest[1])
                               : absl::StrCat("step", segments.size() + 1);
  if (name.empty()) return Bad("a step's name is empty", text);
  auto found = std::find(names.begin(), names.end(), name);
  if (found == names.end()) found = names.insert(names.end(), name);
  segments.push_back(
      {seconds, rate, rate, static_cast<uint32_t>(found - names.begin())});
  return absl::OkStatus();
}

absl::StatusOr<Schedule> ParseSteps(absl::string_view text,
                                    const ScheduleContext& context) {
  std::vector<Schedule::Segment> segments;
  std::vector<std::string> names;
  double seconds = 0;
  for (const absl::string_view step : absl::StrSplit(text, ',')) {
    HEAPD_CLIENT_RETURN_IF_ERROR(AddStep(step, segments, names));
    seconds += segments.back().seconds;
  }
  return Schedule(std::move(segments), std::move(names),
                  LengthOr(context, seconds));
}

absl::StatusOr<Schedule> ParseRecorded(absl::string_view text,
                                       const ScheduleContext& context) {
  if (!context.read_recording) {
    return absl::UnimplementedError("schedule: recordings cannot be read here");
  }
  // A path may have colons; what stands behind the last is a speed if it is a
  // number.
  std::string file(text);
  double speed = 1;
  if (const size_t colon = file.rfind(':');
      colon != std::string::npos &&
      absl::SimpleAtod(file.substr(colon + 1), &speed)) {
    if (!(speed >= 1e-3 && speed <= 1e6)) {
      return Bad("not a speed from 0.001 to 1,000,000", text);
    }
    file.resize(colon);
  }
  HEAPD_CLIENT_ASSIGN_OR_RETURN(const std::vector<double> recorded,
                                context.read_recording(file));
  if (recorded.empty()) return Bad("no call was recorded in", file);
  std::vector<Nanos> times;
  times.reserve(recorded.size());
  for (const double seconds : recorded) {
    times.push_back(static_cast<Nanos>(std::llround(seconds / speed * 1e9)));
  }
  // The last call still belongs to it.
  const double own =
      ToSeconds(*std::max_element(times.begin(), times.end())) + 1e-3;
  return Schedule(std::move(times), LengthOr(context, own));
}

}  // namespace

absl::StatusOr<Schedule> ParseSchedule(std::string_view text,
                                       const ScheduleContext& context) {
  const Parts parts = absl::StrSplit(Absl(text), ':');
  const absl::string_view kind = parts[0];
  const absl::string_view rest =
      Absl(text.substr(std::min(text.size(), kind.size() + 1)));
  if (kind == "constant" || kind == "poisson") {
    return ParseConstant(parts, context);
  }
  if (kind == "ramp") return ParseRamp(parts, context);
  if (kind == "burst") return ParseBurst(parts, context);
  if (kind == "steps") return ParseSteps(rest, context);
  if (kind == "recorded") return ParseRecorded(rest, context);
  return Bad("unknown kind", kind);
}

}  // namespace heapd::heapload
