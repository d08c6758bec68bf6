#ifndef HEAPD_CLIENT_HEAPLOAD_REPORT_UNITS_H_
#define HEAPD_CLIENT_HEAPLOAD_REPORT_UNITS_H_

#include <optional>
#include <string>

#include "absl/strings/string_view.h"

namespace heapd::heapload {

// What a number is.
enum class MetricUnit { kSeconds, kBytes, kCount, kRate };

// By what a number written with this unit must be multiplied: 0.001 for "ms".
// None if it is no unit of these. The empty unit is one of counts and rates.
std::optional<double> UnitFactor(MetricUnit unit, absl::string_view name);

// The units that UnitFactor() knows, for messages: "ns, us, ms, s, min".
absl::string_view UnitNames(MetricUnit unit);

// Numbers as people read them: three digits that count, in a unit that suits
// ("12.4 ms", "600 MiB", "12,345", "5,120/s").
std::string Format(MetricUnit unit, double value);
std::string FormatSeconds(double seconds);
std::string FormatBytes(double bytes);
std::string FormatCount(double count);
std::string FormatRate(double per_second);

// A time since the start of the run, to a tenth of a second: "75.3 s".
std::string FormatMoment(double seconds);

// "99.95 %"; never rounded to 0 % or 100 % from a number that is neither.
std::string FormatPercent(double ratio);

}  // namespace heapd::heapload

#endif  // HEAPD_CLIENT_HEAPLOAD_REPORT_UNITS_H_
