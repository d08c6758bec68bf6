#ifndef HEAPD_CLIENT_HEAPD_PARSE_ID_H_
#define HEAPD_CLIENT_HEAPD_PARSE_ID_H_

#include <cstdint>
#include <string_view>

#include "absl/status/statusor.h"

namespace heapd::client {

// Reads a 64-bit id in decimal, or in hex after "0x". INVALID_ARGUMENT names
// `what` it was meant to be.
absl::StatusOr<uint64_t> ParseId(std::string_view text, std::string_view what);

}  // namespace heapd::client

#endif  // HEAPD_CLIENT_HEAPD_PARSE_ID_H_
