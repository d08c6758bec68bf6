#include "server/ops/schedule_entry.h"

#include <array>

#include "heap/base/status_macros.h"
#include "server/ops/config_entry.h"

namespace heapd::server {
namespace {

constexpr absl::string_view kWhat = "schedule";
constexpr absl::Duration kMinInterval = absl::Seconds(10);
constexpr absl::Duration kMaxInterval = absl::Hours(366 * 24);

constexpr std::array<EntryKey<ScheduleEntry>, 7> kKeys = {{
    {"name", &ScheduleEntry::name},
    {"heap", &ScheduleEntry::heap},
    {"interval", &ScheduleEntry::interval},
    {"offset", &ScheduleEntry::offset},
    {"label", &ScheduleEntry::label},
    {"destination", &ScheduleEntry::destination},
    {"compression", &ScheduleEntry::compression},
}};

absl::Status Check(const ScheduleEntry& entry) {
  HEAPD_RETURN_IF_ERROR(CheckEntryName(kWhat, entry.name));
  HEAPD_RETURN_IF_ERROR(CheckHeapPattern(kWhat, entry.name, entry.heap));
  if (entry.interval < kMinInterval || entry.interval > kMaxInterval) {
    return WrongEntry(kWhat, entry.name, "interval",
                      "is required, 10s to 8784h");
  }
  if (entry.offset < absl::ZeroDuration() || entry.offset >= entry.interval) {
    return WrongEntry(kWhat, entry.name, "offset",
                      "must be 0 or more, and shorter than interval");
  }
  return CheckSnapshotTerms(kWhat, entry.name, entry.label, entry.compression);
}

}  // namespace

absl::StatusOr<ScheduleEntry> ParseScheduleEntry(absl::string_view text) {
  HEAPD_ASSIGN_OR_RETURN(ScheduleEntry entry,
                         ReadEntry<ScheduleEntry>(kWhat, text, kKeys));
  HEAPD_RETURN_IF_ERROR(Check(entry));
  return entry;
}

std::string FormatScheduleEntry(const ScheduleEntry& entry) {
  return FormatEntry<ScheduleEntry>(entry, kKeys);
}

}  // namespace heapd::server
