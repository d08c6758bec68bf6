#ifndef HEAPD_CLIENT_HEAPD_STATUS_H_
#define HEAPD_CLIENT_HEAPD_STATUS_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include "grpcpp/support/status.h"

namespace heapd::client {

// An error of a call becomes an absl::Status with the same code and message.
// The details that the daemon sends (google.rpc.ErrorInfo, RetryInfo,
// BadRequest, DebugInfo) become its payloads, under their type URLs
// ("type.googleapis.com/google.rpc.ErrorInfo"); the functions below read them.
absl::Status ToAbslStatus(const grpc::Status& status);

// The same for an error inside a message, as PipelineResponse has it.
absl::Status ToAbslStatus(const google::rpc::Status& status);

// The way back, payloads included.
grpc::Status ToGrpcStatus(const absl::Status& status);

// An error with a reason, as the daemon would send it.
absl::Status ErrorWithReason(absl::StatusCode code, std::string_view message,
                             std::string_view reason);

// The stable reason, such as "OBJECT_COLLECTED"; empty if there is none, as in
// errors that no daemon made (a refused connection, a passed deadline).
std::string ErrorReason(const absl::Status& status);

// ErrorInfo.metadata[key]; empty if it is not there.
std::string ErrorMetadata(const absl::Status& status, const std::string& key);

// The operation of a batch that failed, counted from 0.
std::optional<uint32_t> FailedOperation(const absl::Status& status);

// How long the daemon asks to wait before a retry.
std::optional<absl::Duration> RetryDelay(const absl::Status& status);

// The fields that were refused.
std::vector<google::rpc::BadRequest::FieldViolation> FieldViolations(
    const absl::Status& status);

// With an error about memory: the heap's last collections, oldest first, a line
// each as heapd --trace-gc writes them.
std::vector<std::string> RecentCollections(const absl::Status& status);

// Everything above in one text for people:
// "NOT_FOUND (OBJECT_COLLECTED): no object 0x100000005".
std::string DescribeError(const absl::Status& status);

}  // namespace heapd::client

#endif  // HEAPD_CLIENT_HEAPD_STATUS_H_
