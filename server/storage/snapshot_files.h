#ifndef HEAPD_SERVER_STORAGE_SNAPSHOT_FILES_H_
#define HEAPD_SERVER_STORAGE_SNAPSHOT_FILES_H_

#include "absl/strings/string_view.h"

namespace heapd::server {

// What the names of a snapshot's blobs end in, after its id.
inline constexpr absl::string_view kSnapshotEnding = ".heapsnapshot";
inline constexpr absl::string_view kIndexEnding = ".nodes";
inline constexpr absl::string_view kManifestEnding = ".manifest.json";

}  // namespace heapd::server

#endif  // HEAPD_SERVER_STORAGE_SNAPSHOT_FILES_H_
