#ifndef HEAPD_SERVER_AUTH_BEARER_TOKENS_H_
#define HEAPD_SERVER_AUTH_BEARER_TOKENS_H_

#include <grpcpp/server_context.h>

#include <array>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace heapd::server {

// Who makes a call.
struct Principal {
  std::string name;
};

// The bearer tokens that may be used. Only their SHA-256 is known here: a
// token is 256 random bits, so a plain hash of it cannot be searched.
// Thread-safe: immutable.
class BearerTokens {
 public:
  // Adds a token by its name and the 64 hex digits of its SHA-256.
  // INVALID_ARGUMENT for other text or a name that is there already.
  absl::Status Add(absl::string_view name, absl::string_view sha256_hex);

  // Who sends the call with metadata "authorization: Bearer TOKEN".
  // UNAUTHENTICATED (CREDENTIALS_MISSING) without it, (CREDENTIALS_INVALID)
  // for any other token. The time taken does not depend on which token, if
  // any, it was; the token is in no error and no log.
  absl::StatusOr<Principal> Authenticate(
      const grpc::ServerContextBase& context) const;

  // The same for the header's value alone.
  absl::StatusOr<Principal> AuthenticateHeader(absl::string_view header) const;

 private:
  using Digest = std::array<unsigned char, 32>;
  struct Entry {
    std::string name;
    Digest digest;
  };

  std::vector<Entry> entries_;
};

}  // namespace heapd::server

#endif  // HEAPD_SERVER_AUTH_BEARER_TOKENS_H_
