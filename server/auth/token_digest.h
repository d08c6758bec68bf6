#ifndef HEAPD_SERVER_AUTH_TOKEN_DIGEST_H_
#define HEAPD_SERVER_AUTH_TOKEN_DIGEST_H_

#include <array>

#include "absl/strings/string_view.h"

namespace heapd::server {

// SHA-256 of a token: what tables and caches are searched by, so that none of
// them holds a token.
using TokenDigest = std::array<unsigned char, 32>;

TokenDigest DigestOf(absl::string_view token);

}  // namespace heapd::server

#endif  // HEAPD_SERVER_AUTH_TOKEN_DIGEST_H_
