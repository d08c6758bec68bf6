#ifndef HEAPD_TESTS_E2E_UPLOADING_PROCESS_H_
#define HEAPD_TESTS_E2E_UPLOADING_PROCESS_H_

#include <memory>
#include <string>

#include "server/storage/snapshot_catalog.h"

namespace heapd::e2e {

// The arguments that make the test's own binary such a process (see main.cc).
inline constexpr char kUploadSnapshots[] = "--upload-snapshots";
inline constexpr char kListUploads[] = "--list-uploads";

// The catalog of a daemon whose one destination is the bucket of a
// FaultS3Server at `url`, or of another store with the same bucket and keys,
// with its journal in `state_directory`.
std::unique_ptr<server::SnapshotCatalog> OpenUploads(
    const std::string& url, const std::string& state_directory);

// Stores snapshots there, one after the other, some of one PUT and some of
// three parts, until somebody kills it. Returns only on an error, or after
// 1,000, with an exit code.
int UploadSnapshots(const std::string& url, const std::string& state_directory);

// Removes what a killed process has left, as a daemon does when it starts, and
// prints "ID SHA256" of each snapshot that is there. Gives an exit code.
int ListUploads(const std::string& url, const std::string& state_directory);

}  // namespace heapd::e2e

#endif  // HEAPD_TESTS_E2E_UPLOADING_PROCESS_H_
