#ifndef HEAPD_SERVER_AUTH_JWT_VERIFIER_H_
#define HEAPD_SERVER_AUTH_JWT_VERIFIER_H_

#include <cstddef>
#include <functional>
#include <memory>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "server/auth/bounded_cache.h"
#include "server/auth/json_web_key.h"
#include "server/auth/principal.h"
#include "server/auth/token_digest.h"

namespace heapd::server {

// What a token must say to be good here.
struct JwtTerms {
  std::string issuer;    // `iss` is this
  std::string audience;  // `aud` is this, or a list that has it
  // How far the clocks of the issuer and of this machine may be apart; at most
  // a minute.
  absl::Duration max_clock_skew = absl::Seconds(30);
};

// Checks JSON web tokens (RFC 7519) with signatures in compact form, as in
// "authorization: Bearer TOKEN". Thread-safe.
//
// A token is good if it is at most 8 KiB; its header names by `kid` a key of
// the set and the algorithm of that key, has no `crit`, and no `typ` but JWT
// and at+jwt; the signature is that key's; and its claims say
//
//   iss, aud   as in JwtTerms
//   exp, nbf   numbers; now is before the one and not before the other, give
//              or take the clock skew
//   sub        1 to 256 bytes of printable UTF-8: "jwt:SUB" is the caller
//   groups     may be missing; else at most 64 texts like `sub`
//
// Header and claims are read by a JSON parser and looked at only in this order,
// so that nothing unsigned decides anything but which key is tried.
class JwtVerifier {
 public:
  // Largest token, in bytes.
  static constexpr size_t kMaxTokenBytes = 8192;
  // Good tokens that are remembered, so that the next call need not check the
  // signature again.
  static constexpr size_t kMaxRemembered = 4096;

  JwtVerifier(JwtTerms terms, JsonWebKeySet keys,
              std::function<absl::Time()> now = absl::Now);

  // From here on these keys hold, and no token is remembered that another key
  // signed.
  void ReplaceKeys(JsonWebKeySet keys);

  // Who has `token`. UNAUTHENTICATED (CREDENTIALS_INVALID), with what is wrong
  // but nothing that the token says. `digest` is that of the token.
  absl::StatusOr<std::shared_ptr<const Principal>> Verify(
      absl::string_view token, const TokenDigest& digest) const;

  // Signatures that were checked, the others being remembered.
  size_t CheckedCountForTesting() const;
  void ForgetForTesting();

 private:
  // What a token that is good says.
  struct Claims {
    std::shared_ptr<const Principal> principal;
    absl::Time expires_at;  // `exp` itself, without clock skew
  };

  absl::StatusOr<Claims> Check(const JsonWebKeySet& keys,
                               absl::string_view token) const;
  absl::StatusOr<Claims> ReadClaims(absl::string_view json) const;

  const JwtTerms terms_;
  const std::function<absl::Time()> now_;

  mutable absl::Mutex mu_;  // a leaf; not held while a signature is checked
  std::shared_ptr<const JsonWebKeySet> keys_ ABSL_GUARDED_BY(mu_);
  mutable BoundedCache<TokenDigest, Claims> remembered_ ABSL_GUARDED_BY(mu_);
  mutable size_t checked_count_ ABSL_GUARDED_BY(mu_) = 0;
};

}  // namespace heapd::server

#endif  // HEAPD_SERVER_AUTH_JWT_VERIFIER_H_
