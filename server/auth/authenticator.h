#ifndef HEAPD_SERVER_AUTH_AUTHENTICATOR_H_
#define HEAPD_SERVER_AUTH_AUTHENTICATOR_H_

#include <grpcpp/server_context.h>

#include <memory>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "server/auth/bearer_tokens.h"
#include "server/auth/principal.h"

namespace heapd::server {

// Says who makes a call. What a caller may do is not decided here. Cheap enough
// to be asked once for every call. Thread-safe.
class Authenticator {
 public:
  // Knows no token until ReplaceTokens().
  Authenticator();
  Authenticator(const Authenticator&) = delete;
  Authenticator& operator=(const Authenticator&) = delete;

  // From here on these tokens are good and no others: those that were before
  // are revoked, also for calls on connections that are open.
  void ReplaceTokens(BearerTokens tokens);

  // Who makes the call, never null: by metadata "authorization: Bearer TOKEN"
  // if there is any, else `anonymous`.
  //
  // UNAUTHENTICATED (CREDENTIALS_INVALID) for a credential that is not good: a
  // wrong credential never makes its caller anonymous. No credential is in any
  // error or log.
  absl::StatusOr<std::shared_ptr<const Principal>> Authenticate(
      const grpc::ServerContextBase& context) const;

  // The same for the value of the authorization header alone.
  absl::StatusOr<std::shared_ptr<const Principal>> AuthenticateHeader(
      absl::string_view header) const;

 private:
  std::shared_ptr<const BearerTokens> tokens() const;

  // For the pointer only, which is taken and let go.
  mutable absl::Mutex mu_;
  std::shared_ptr<const BearerTokens> tokens_ ABSL_GUARDED_BY(mu_);
};

// What a method that wants to know its caller says to `anonymous`:
// UNAUTHENTICATED (CREDENTIALS_MISSING).
absl::Status CredentialsMissing();

}  // namespace heapd::server

#endif  // HEAPD_SERVER_AUTH_AUTHENTICATOR_H_
