#ifndef HEAPD_SERVER_AUTH_POLICY_FILE_H_
#define HEAPD_SERVER_AUTH_POLICY_FILE_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "server/auth/policy.h"

namespace heapd::server {

// Reads a policy (YAML, server/README.md has the format):
//
//   rules:
//     - principals: ["cert:shop-*", "token:alice"]
//       groups: [operators]
//       heaps: [shop, "cache-*"]
//       permissions: [read, mutate]
//
// INVALID_ARGUMENT "FILE:LINE: what" for what cannot be read, is not as it must
// be, is over 1 MiB, or may be written by everybody. Never a part of it is
// taken.
absl::StatusOr<Policy> LoadPolicy(const std::string& path);

// The same for the text of one; `path` only for errors.
absl::StatusOr<Policy> ParsePolicy(const std::string& path,
                                   const std::string& text);

}  // namespace heapd::server

#endif  // HEAPD_SERVER_AUTH_POLICY_FILE_H_
