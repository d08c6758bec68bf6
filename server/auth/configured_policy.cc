#include "server/auth/configured_policy.h"

#include <algorithm>
#include <string>
#include <vector>

#include "server/auth/policy_file.h"
#include "server/ops/address.h"

namespace heapd::server {
namespace {

// An address that cannot be resolved counts as far away.
bool StayOnThisMachine(const std::vector<std::string>& addresses) {
  return std::all_of(
      addresses.begin(), addresses.end(),
      [](const std::string& text) { return ResolveAddress(text).ok(); });
}

}  // namespace

absl::StatusOr<Policy> ConfiguredPolicy(const Config& config) {
  if (!config.auth_policy_file.empty()) {
    return LoadPolicy(config.auth_policy_file);
  }
  return Policy::BuiltIn(StayOnThisMachine(config.listen_data) &&
                         StayOnThisMachine(config.listen_operations) &&
                         StayOnThisMachine(config.listen_metrics) &&
                         StayOnThisMachine(config.listen_snapshots));
}

}  // namespace heapd::server
