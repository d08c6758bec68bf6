#include "client/heapload/report/units.h"

#include <cmath>
#include <cstdint>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/types/span.h"

namespace heapd::heapload {
namespace {

struct Unit {
  absl::string_view name;
  double factor;
};

constexpr Unit kSecondsUnits[] = {{"ns", 1e-9}, {"us", 1e-6}, {"µs", 1e-6},
                                  {"ms", 1e-3}, {"s", 1},     {"min", 60},
                                  {"m", 60},    {"h", 3600}};
constexpr Unit kBytesUnits[] = {{"B", 1},
                                {"kB", 1e3},
                                {"KB", 1e3},
                                {"MB", 1e6},
                                {"GB", 1e9},
                                {"KiB", 1024},
                                {"MiB", 1024.0 * 1024},
                                {"GiB", 1024.0 * 1024 * 1024},
                                {"TiB", 1024.0 * 1024 * 1024 * 1024}};
constexpr Unit kCountUnits[] = {{"", 1}, {"k", 1e3}, {"M", 1e6}};
constexpr Unit kRateUnits[] = {{"", 1},    {"/s", 1},    {"k", 1e3},
                               {"M", 1e6}, {"k/s", 1e3}, {"M/s", 1e6}};

absl::Span<const Unit> UnitsOf(MetricUnit unit) {
  switch (unit) {
    case MetricUnit::kSeconds:
      return kSecondsUnits;
    case MetricUnit::kBytes:
      return kBytesUnits;
    case MetricUnit::kCount:
      return kCountUnits;
    case MetricUnit::kRate:
      return kRateUnits;
  }
  return {};
}

// Three digits that count, without zeros at the end of a fraction.
std::string ThreeDigits(double value) {
  const double size = std::abs(value);
  if (size >= 99.95) return absl::StrFormat("%.0f", value);
  std::string text = absl::StrFormat("%.*f", size >= 9.995 ? 1 : 2, value);
  while (text.back() == '0') text.pop_back();
  if (text.back() == '.') text.pop_back();
  return text;
}

std::string WithThousands(uint64_t value) {
  std::string text = absl::StrCat(value);
  for (int at = static_cast<int>(text.size()) - 3; at > 0; at -= 3) {
    text.insert(static_cast<size_t>(at), ",");
  }
  return text;
}

}  // namespace

std::optional<double> UnitFactor(MetricUnit unit, absl::string_view name) {
  for (const Unit& candidate : UnitsOf(unit)) {
    if (candidate.name == name) return candidate.factor;
  }
  return std::nullopt;
}

absl::string_view UnitNames(MetricUnit unit) {
  switch (unit) {
    case MetricUnit::kSeconds:
      return "ns, us, ms, s, min, h";
    case MetricUnit::kBytes:
      return "B, kB, MB, GB, KiB, MiB, GiB, TiB";
    case MetricUnit::kCount:
      return "none, k, M";
    case MetricUnit::kRate:
      return "none, /s, k/s, M/s";
  }
  return "";
}

std::string Format(MetricUnit unit, double value) {
  switch (unit) {
    case MetricUnit::kSeconds:
      return FormatSeconds(value);
    case MetricUnit::kBytes:
      return FormatBytes(value);
    case MetricUnit::kCount:
      return FormatCount(value);
    case MetricUnit::kRate:
      return FormatRate(value);
  }
  return "";
}

std::string FormatSeconds(double seconds) {
  if (seconds == 0) return "0 s";
  // The limits are where three digits round up to the next unit.
  if (seconds < 0.9995e-6) return ThreeDigits(seconds * 1e9) + " ns";
  if (seconds < 0.9995e-3) return ThreeDigits(seconds * 1e6) + " µs";
  if (seconds < 0.9995) return ThreeDigits(seconds * 1e3) + " ms";
  return ThreeDigits(seconds) + " s";
}

std::string FormatBytes(double bytes) {
  static constexpr absl::string_view kNames[] = {" B", " KiB", " MiB", " GiB",
                                                 " TiB"};
  size_t name = 0;
  while (bytes >= 1023.5 && name + 1 < std::size(kNames)) {
    bytes /= 1024;
    ++name;
  }
  return absl::StrCat(ThreeDigits(bytes), kNames[name]);
}

std::string FormatCount(double count) {
  return WithThousands(static_cast<uint64_t>(std::llround(count)));
}

std::string FormatRate(double per_second) {
  if (per_second < 99.95) return ThreeDigits(per_second) + "/s";
  return FormatCount(per_second) + "/s";
}

std::string FormatMoment(double seconds) {
  return absl::StrFormat("%.1f s", seconds);
}

std::string FormatPercent(double ratio) {
  const double percent = ratio * 100;
  if (percent > 0 && percent < 0.01) return "< 0.01 %";
  if (percent < 100 && percent > 99.99) return "> 99.99 %";
  std::string text = absl::StrFormat("%.2f", percent);
  while (text.back() == '0') text.pop_back();
  if (text.back() == '.') text.pop_back();
  return text + " %";
}

}  // namespace heapd::heapload
