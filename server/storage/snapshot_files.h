#ifndef HEAPD_SERVER_STORAGE_SNAPSHOT_FILES_H_
#define HEAPD_SERVER_STORAGE_SNAPSHOT_FILES_H_

#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "server/storage/compression.h"

namespace heapd::server {

// What the names of a snapshot's blobs end in, after its id.
inline constexpr absl::string_view kSnapshotEnding = ".heapsnapshot";
inline constexpr absl::string_view kIndexEnding = ".nodes";
inline constexpr absl::string_view kManifestEnding = ".manifest.json";

// The name of the snapshot's own file.
inline std::string SnapshotFile(absl::string_view snapshot,
                                Compression compression) {
  return absl::StrCat(snapshot, kSnapshotEnding,
                      CompressionEnding(compression));
}

}  // namespace heapd::server

#endif  // HEAPD_SERVER_STORAGE_SNAPSHOT_FILES_H_
