#ifndef HEAPD_SERVER_SERVICE_SNAPSHOT_MESSAGE_H_
#define HEAPD_SERVER_SERVICE_SNAPSHOT_MESSAGE_H_

#include "heapd/v1/snapshot_service.pb.h"
#include "server/storage/comparison.h"
#include "server/storage/snapshot_record.h"

namespace heapd::server {

v1::Snapshot ToMessage(const SnapshotRecord& record);
v1::ComparisonRow ToMessage(const ComparisonRow& row);

}  // namespace heapd::server

#endif  // HEAPD_SERVER_SERVICE_SNAPSHOT_MESSAGE_H_
