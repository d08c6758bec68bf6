#ifndef HEAPD_SERVER_AUTH_BEARER_TOKENS_H_
#define HEAPD_SERVER_AUTH_BEARER_TOKENS_H_

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "server/auth/principal.h"
#include "server/auth/token_digest.h"

namespace heapd::server {

// The bearer tokens that may be used. Only their SHA-256 is known here: a
// token is 256 random bits, so a plain hash of it cannot be searched.
// Thread-compatible; a set that is in use is replaced, not changed
// (Authenticator::ReplaceTokens()).
class BearerTokens {
 public:
  // Adds a token by its name and the 64 hex digits of its SHA-256.
  // INVALID_ARGUMENT for other text or a name that is there already.
  absl::Status Add(absl::string_view name, absl::string_view sha256_hex);

  // Who has the token with this SHA-256: "token:NAME"; null if nobody has. The
  // time taken does not depend on which token, if any, it was.
  std::shared_ptr<const Principal> Find(const TokenDigest& digest) const;

  size_t size() const { return entries_.size(); }

 private:
  struct Entry {
    TokenDigest digest;
    std::shared_ptr<const Principal> principal;
  };

  std::vector<Entry> entries_;
};

}  // namespace heapd::server

#endif  // HEAPD_SERVER_AUTH_BEARER_TOKENS_H_
