#ifndef HEAPD_CLIENT_HEAPCTL_SNAPSHOT_FILTER_H_
#define HEAPD_CLIENT_HEAPCTL_SNAPSHOT_FILTER_H_

#include <string>

#include "CLI/CLI.hpp"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "client/heapd/snapshots.h"

namespace heapd::heapctl {

// Adds the options that say which snapshots a command is about: --heap,
// --state,
// --trigger, --label, --destination, --since and --until. `filter` lives as
// long as the program's.
void AddSnapshotFilter(CLI::App& command, client::SnapshotFilter& filter);

// "2026-11-26T09:00:00Z", or how long ago: "24h". INVALID_ARGUMENT.
absl::StatusOr<absl::Time> ParseTimeOrAge(const std::string& text,
                                          absl::Time now);

}  // namespace heapd::heapctl

#endif  // HEAPD_CLIENT_HEAPCTL_SNAPSHOT_FILTER_H_
