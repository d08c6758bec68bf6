#ifndef HEAPD_CLIENT_HEAPD_HEALTH_H_
#define HEAPD_CLIENT_HEAPD_HEALTH_H_

#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "client/heapd/credentials.h"

namespace heapd::client {

// What a health service says (grpc.health.v1).
enum class Health { kUnknown, kServing, kNotServing };

// "SERVING", "NOT_SERVING", "UNKNOWN".
std::string_view HealthName(Health health);

// Asks once. `service` may be empty. NOT_FOUND for a service that the daemon
// does not know; UNAVAILABLE if nobody answers.
absl::StatusOr<Health> CheckHealth(std::string_view address,
                                   std::string_view service,
                                   absl::Duration timeout,
                                   const Credentials& credentials = {});

// Waits until the answer is SERVING, also for a daemon that is not there yet.
// An error with the last answer after `timeout`.
absl::Status WaitUntilServing(std::string_view address,
                              std::string_view service, absl::Duration timeout,
                              const Credentials& credentials = {});

}  // namespace heapd::client

#endif  // HEAPD_CLIENT_HEAPD_HEALTH_H_
