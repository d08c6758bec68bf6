#include "server/auth/token_digest.h"

#include <openssl/sha.h>

namespace heapd::server {

TokenDigest DigestOf(absl::string_view token) {
  TokenDigest digest;
  SHA256(reinterpret_cast<const unsigned char*>(token.data()), token.size(),
         digest.data());
  return digest;
}

}  // namespace heapd::server
