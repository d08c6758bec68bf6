#include "client/heapload/load/call_failure.h"

#include "client/heapd/status.h"

namespace heapd::heapload {

CallFailure DescribeFailure(const absl::Status& status) {
  CallFailure failure;
  failure.error_class = client::ErrorReason(status);
  const bool by_daemon = !failure.error_class.empty();
  failure.maybe_applied = !by_daemon;
  if (!by_daemon) {
    failure.error_class = absl::StatusCodeToString(status.code());
  }
  if (absl::IsResourceExhausted(status) ||
      (absl::IsUnavailable(status) && by_daemon)) {
    failure.refusal = client::RetryDelay(status).has_value()
                          ? Refusal::kWithRetryInfo
                          : Refusal::kWithoutRetryInfo;
  }
  // A refusal is nobody's fault, and under overload there are many.
  if (failure.refusal == Refusal::kNone) {
    failure.failed_operation = client::FailedOperation(status);
  }
  return failure;
}

bool IsLostWorkspace(std::string_view error_class) {
  return error_class == "HEAP_NOT_FOUND" || error_class == "SESSION_EXPIRED";
}

}  // namespace heapd::heapload
