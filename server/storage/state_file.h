#ifndef HEAPD_SERVER_STORAGE_STATE_FILE_H_
#define HEAPD_SERVER_STORAGE_STATE_FILE_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace heapd::server {

// Small files of snapshots.state_directory, mode 0600, that are replaced as a
// whole: after a crash there is the old content or the new one. What a crash
// leaves beside them is removed when the directory is opened as the journal.

// Replaces `directory`/`name`, and returns when that is on the disk. The name
// is a blob's (IsBlobName()). UNAVAILABLE with the system's own words.
// Not for two threads and one file at a time.
absl::Status WriteStateFile(const std::string& directory,
                            absl::string_view name, absl::string_view content);

// NOT_FOUND if there is none; INVALID_ARGUMENT for more than `max_bytes`, and
// for what is no plain file; UNAVAILABLE.
absl::StatusOr<std::string> ReadStateFile(const std::string& directory,
                                          absl::string_view name,
                                          size_t max_bytes);

}  // namespace heapd::server

#endif  // HEAPD_SERVER_STORAGE_STATE_FILE_H_
