#ifndef HEAPD_SERVER_STORAGE_OPEN_CATALOG_H_
#define HEAPD_SERVER_STORAGE_OPEN_CATALOG_H_

#include <memory>

#include "absl/status/statusor.h"
#include "server/ops/config.h"
#include "server/storage/retention_limits.h"
#include "server/storage/snapshot_catalog.h"

namespace heapd::server {

// What the configuration says of retention.
RetentionLimits RetentionOf(const Config& config);

// The catalog of every destination that is configured, with the journal; null
// where none is. Sends nothing to object stores before it returns. `config` is
// checked. FAILED_PRECONDITION names the key whose directory cannot be used.
absl::StatusOr<std::unique_ptr<SnapshotCatalog>> OpenCatalog(
    const Config& config);

}  // namespace heapd::server

#endif  // HEAPD_SERVER_STORAGE_OPEN_CATALOG_H_
