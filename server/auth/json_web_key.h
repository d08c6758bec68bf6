#ifndef HEAPD_SERVER_AUTH_JSON_WEB_KEY_H_
#define HEAPD_SERVER_AUTH_JSON_WEB_KEY_H_

#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "server/auth/openssl_pointers.h"

namespace heapd::server {

// How a token is signed (RFC 7518, RFC 8037). There is no "none" and nothing
// with a shared secret: who can check such a token can also make it.
enum class JwsAlgorithm {
  kRs256,  // RSASSA-PKCS1-v1_5 with SHA-256
  kEs256,  // ECDSA on P-256 with SHA-256
  kEdDsa,  // Ed25519
};

// "RS256", "ES256", "EdDSA": as in the header of a token.
absl::string_view NameOf(JwsAlgorithm algorithm);

// A public key and the one algorithm that it may be used with: a token does not
// choose how it is checked. Immutable and thread-safe.
class JsonWebKey {
 public:
  JsonWebKey(JwsAlgorithm algorithm, PkeyPointer key)
      : algorithm_(algorithm), key_(std::move(key)) {}

  JwsAlgorithm algorithm() const { return algorithm_; }

  // Whether `signature` (as in a token, decoded) is that of `text`.
  bool Verify(absl::string_view text, absl::string_view signature) const;

 private:
  const JwsAlgorithm algorithm_;
  const PkeyPointer key_;
};

// The keys of one issuer, by `kid`. Immutable and thread-safe.
class JsonWebKeySet {
 public:
  // Reads a set in JSON (RFC 7517, section 5). Keys of other kinds, for other
  // algorithms or for encryption are left out, so that an issuer's published
  // set can be used as it is. INVALID_ARGUMENT for text that is no set; for a
  // usable kind of key that has no `kid`, has the `kid` of another, is broken
  // or weak (RSA below 2,048 bits) or is private; for a set without any usable
  // key.
  static absl::StatusOr<JsonWebKeySet> Parse(absl::string_view json);
  // The same for a file of at most 1 MiB. Errors name it.
  static absl::StatusOr<JsonWebKeySet> ReadFile(const std::string& path);

  // The key with this `kid`, or null.
  const JsonWebKey* Find(absl::string_view kid) const;

  size_t size() const { return keys_.size(); }

 private:
  JsonWebKeySet() = default;

  std::map<std::string, std::unique_ptr<const JsonWebKey>, std::less<>> keys_;
};

}  // namespace heapd::server

#endif  // HEAPD_SERVER_AUTH_JSON_WEB_KEY_H_
