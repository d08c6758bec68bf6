#ifndef HEAPD_SERVER_SERVICE_REDUCTION_MESSAGE_H_
#define HEAPD_SERVER_SERVICE_REDUCTION_MESSAGE_H_

#include "absl/status/status.h"
#include "heap/snapshot/snapshot_sink.h"
#include "heapd/v1/snapshot_service.pb.h"

namespace heapd::server {

// INVALID_ARGUMENT (INVALID_FIELD): more than 100 classes or tags.
absl::Status FromMessage(const v1::SnapshotReduction& message,
                         SnapshotReduction* reduction);
// `message` is empty before.
void ToMessage(const SnapshotReduction& reduction,
               v1::SnapshotReduction* message);

}  // namespace heapd::server

#endif  // HEAPD_SERVER_SERVICE_REDUCTION_MESSAGE_H_
