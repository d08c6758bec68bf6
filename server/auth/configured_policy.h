#ifndef HEAPD_SERVER_AUTH_CONFIGURED_POLICY_H_
#define HEAPD_SERVER_AUTH_CONFIGURED_POLICY_H_

#include "absl/status/statusor.h"
#include "server/auth/policy.h"
#include "server/ops/config.h"

namespace heapd::server {

// The policy of auth.policy_file, or without one Policy::BuiltIn(), by whether
// every plane but those of health can be reached from this machine only. Errors
// of LoadPolicy().
absl::StatusOr<Policy> ConfiguredPolicy(const Config& config);

}  // namespace heapd::server

#endif  // HEAPD_SERVER_AUTH_CONFIGURED_POLICY_H_
