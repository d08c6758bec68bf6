#ifndef HEAPD_CLIENT_HEAPCTL_DOWNLOAD_H_
#define HEAPD_CLIENT_HEAPCTL_DOWNLOAD_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "client/heapctl/global_options.h"
#include "client/heapd/snapshots.h"

namespace heapd::heapctl {

// Downloads a snapshot to `file` and returns where it is. An empty `file`
// stands for SNAPSHOT.heapsnapshot in the current directory (with ".zst" or
// ".gz" behind it if it is compressed), "-" for stdout.
// The file appears under its name only when it is whole and its SHA-256 is
// right; it can be read by its owner only, since it has other people's data.
absl::StatusOr<std::string> DownloadSnapshot(const GlobalOptions& global,
                                             client::SnapshotClient& client,
                                             const std::string& snapshot,
                                             const std::string& file,
                                             absl::Duration timeout);

}  // namespace heapd::heapctl

#endif  // HEAPD_CLIENT_HEAPCTL_DOWNLOAD_H_
