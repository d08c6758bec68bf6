#ifndef HEAPD_TESTS_E2E_UPLOADING_PROCESS_H_
#define HEAPD_TESTS_E2E_UPLOADING_PROCESS_H_

#include <memory>
#include <string>

#include "server/storage/snapshot_catalog.h"

namespace heapd::e2e {

// The argument that makes the test's own binary such a process (see main.cc).
inline constexpr char kUploadSnapshots[] = "--upload-snapshots";

// The catalog of a daemon whose one destination is the bucket of a
// FaultS3Server at `url`, with its journal in `state_directory`.
std::unique_ptr<server::SnapshotCatalog> OpenUploads(
    const std::string& url, const std::string& state_directory);

// Stores snapshots there, one after the other, some of one PUT and some of
// three parts, until somebody kills it. Returns only on an error, or after
// 1,000, with an exit code.
int UploadSnapshots(const std::string& url, const std::string& state_directory);

}  // namespace heapd::e2e

#endif  // HEAPD_TESTS_E2E_UPLOADING_PROCESS_H_
