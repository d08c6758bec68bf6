#ifndef HEAPD_SERVER_SERVICE_STATUS_H_
#define HEAPD_SERVER_SERVICE_STATUS_H_

#include <grpcpp/support/status.h>

#include "absl/status/status.h"
#include "google/rpc/status.pb.h"

namespace heapd::server {

// The only place that knows errors of both kinds: absl::Status inside, with the
// reason, field, operation and retry delay that were attached on the way, and
// google.rpc.Status outside, with ErrorInfo (domain "heapd") always, BadRequest
// where a field is named, RetryInfo where a retry can help, and DebugInfo with
// the last collections where memory ran out.

// As the answer to a call, the details in "grpc-status-details-bin".
grpc::Status ToGrpcStatus(const absl::Status& status);

// As part of a message.
google::rpc::Status ToRpcStatus(const absl::Status& status);

}  // namespace heapd::server

#endif  // HEAPD_SERVER_SERVICE_STATUS_H_
