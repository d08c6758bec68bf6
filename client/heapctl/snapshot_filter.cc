#include "client/heapctl/snapshot_filter.h"

#include <map>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"

namespace heapd::heapctl {
namespace {

void AddTimeOption(CLI::App& command, const std::string& name, absl::Time& time,
                   const std::string& description) {
  command
      .add_option_function<std::string>(
          name,
          [name, &time](const std::string& text) {
            const absl::StatusOr<absl::Time> parsed =
                ParseTimeOrAge(text, absl::Now());
            if (!parsed.ok()) {
              throw CLI::ValidationError(
                  name, std::string(parsed.status().message()));
            }
            time = *parsed;
          },
          description)
      ->type_name("TIME");
}

}  // namespace

absl::StatusOr<absl::Time> ParseTimeOrAge(const std::string& text,
                                          absl::Time now) {
  absl::Duration age;
  if (absl::ParseDuration(text, &age) && age >= absl::ZeroDuration() &&
      age < absl::InfiniteDuration()) {
    return now - age;
  }
  absl::Time time;
  std::string error;
  // What a message can say; "infinite-past" is none of it.
  if (absl::ParseTime(absl::RFC3339_full, text, &time, &error) &&
      time >= absl::FromUnixSeconds(-62135596800) &&
      time < absl::FromUnixSeconds(253402300800)) {
    return time;
  }
  return absl::InvalidArgumentError(
      absl::StrCat("not a time such as 2026-11-26T09:00:00Z, nor how long ago, "
                   "such as 24h: ",
                   text));
}

void AddSnapshotFilter(CLI::App& command, client::SnapshotFilter& filter) {
  command.add_option("--heap", filter.heap, "Only those of this heap");
  command
      .add_option("--state", filter.state,
                  "Only those that are writing, ready, failed or cancelled")
      ->transform(
          CLI::CheckedTransformer(std::map<std::string, v1::SnapshotState>{
              {"writing", v1::SNAPSHOT_STATE_WRITING},
              {"ready", v1::SNAPSHOT_STATE_READY},
              {"failed", v1::SNAPSHOT_STATE_FAILED},
              {"cancelled", v1::SNAPSHOT_STATE_CANCELLED}}));
  command
      .add_option("--trigger", filter.trigger,
                  "Only those taken because of this: requested, near-limit, "
                  "leak, schedule or rule")
      ->transform(
          CLI::CheckedTransformer(std::map<std::string, v1::SnapshotTrigger>{
              {"requested", v1::SNAPSHOT_TRIGGER_REQUESTED},
              {"near-limit", v1::SNAPSHOT_TRIGGER_NEAR_LIMIT},
              {"leak", v1::SNAPSHOT_TRIGGER_LEAK},
              {"schedule", v1::SNAPSHOT_TRIGGER_SCHEDULE},
              {"rule", v1::SNAPSHOT_TRIGGER_RULE}}));
  command.add_option("--label", filter.label, "Only those with this label");
  command.add_option("--destination", filter.destination,
                     "Only those at this destination");
  AddTimeOption(command, "--since", filter.start,
                "Only those asked for since then: 2026-11-26T09:00:00Z, or "
                "24h for a day ago");
  AddTimeOption(command, "--until", filter.end,
                "Only those asked for before then");
}

}  // namespace heapd::heapctl
