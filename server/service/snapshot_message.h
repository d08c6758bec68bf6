#ifndef HEAPD_SERVER_SERVICE_SNAPSHOT_MESSAGE_H_
#define HEAPD_SERVER_SERVICE_SNAPSHOT_MESSAGE_H_

#include "absl/status/status.h"
#include "heapd/v1/snapshot_service.pb.h"
#include "server/storage/comparison.h"
#include "server/storage/snapshot_catalog.h"
#include "server/storage/snapshot_record.h"

namespace heapd::server {

v1::Snapshot ToMessage(const SnapshotRecord& record);

// Takes over where and how the request wants the snapshot stored. Whether there
// is such a destination is the catalog's to say. INVALID_ARGUMENT
// (INVALID_FIELD).
absl::Status ReadStorageTerms(const v1::CreateSnapshotRequest& request,
                              SnapshotOrder& order);

// Takes over what the request wants to see. INVALID_ARGUMENT (INVALID_FIELD).
absl::Status ReadFilter(const v1::ListSnapshotsRequest& request,
                        SnapshotFilter& filter);

v1::ComparisonRow ToMessage(const ComparisonRow& row);

}  // namespace heapd::server

#endif  // HEAPD_SERVER_SERVICE_SNAPSHOT_MESSAGE_H_
