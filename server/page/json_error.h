#ifndef HEAPD_SERVER_PAGE_JSON_ERROR_H_
#define HEAPD_SERVER_PAGE_JSON_ERROR_H_

#include <grpcpp/support/status.h>

#include <string>

#include "absl/status/status.h"
#include "google/rpc/status.pb.h"

namespace heapd::server {

// The answer to a call that failed.
struct JsonError {
  int http_status = 500;
  // {"error": {"code": 404, "status": "NOT_FOUND", "message": "...",
  // "details": [{"@type": ".../google.rpc.ErrorInfo", ...}]}}, as other JSON
  // APIs over gRPC have it.
  std::string body;
  // For the header Retry-After: whole seconds, rounded up; 0 for none.
  int64_t retry_after_seconds = 0;
};

// Of an error of ours; and of a call, whose details are those of our services
// (service/status.h).
JsonError ToJsonError(const absl::Status& error);
JsonError ToJsonError(const grpc::Status& error);

}  // namespace heapd::server

#endif  // HEAPD_SERVER_PAGE_JSON_ERROR_H_
