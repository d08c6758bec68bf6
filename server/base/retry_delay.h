#ifndef HEAPD_SERVER_BASE_RETRY_DELAY_H_
#define HEAPD_SERVER_BASE_RETRY_DELAY_H_

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "absl/types/optional.h"

namespace heapd::server {

// The nearest wait that makes sense to ask for: 1 ms to 10 s.
absl::Duration BoundedRetryDelay(absl::Duration estimate);

// Says when a retry can help, in whole milliseconds, rounded up; the service
// layer sends it as google.rpc.RetryInfo.
absl::Status WithRetryDelay(absl::Status error, absl::Duration delay);

// What was said; nothing when a retry is no use.
absl::optional<absl::Duration> RetryDelayOf(const absl::Status& error);

}  // namespace heapd::server

#endif  // HEAPD_SERVER_BASE_RETRY_DELAY_H_
