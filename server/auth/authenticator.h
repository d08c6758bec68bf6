#ifndef HEAPD_SERVER_AUTH_AUTHENTICATOR_H_
#define HEAPD_SERVER_AUTH_AUTHENTICATOR_H_

#include <grpcpp/server_context.h>

#include <atomic>
#include <cstddef>
#include <memory>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "server/auth/bearer_tokens.h"
#include "server/auth/client_certificates.h"
#include "server/auth/jwt_verifier.h"
#include "server/auth/principal.h"

namespace heapd::server {

// Says who makes a call. What a caller may do is not decided here. Cheap enough
// to be asked once for every call. Thread-safe.
class Authenticator {
 public:
  // Largest token of any kind, in bytes.
  static constexpr size_t kMaxTokenBytes = 8192;

  // Takes no credential until the functions below say so.
  Authenticator();
  Authenticator(const Authenticator&) = delete;
  Authenticator& operator=(const Authenticator&) = delete;

  // From here on these tokens are good and no others: those that were before
  // are revoked, also for calls on connections that are open.
  void ReplaceTokens(BearerTokens tokens);
  // From here on JSON web tokens are taken too, and checked by `jwt`.
  void AcceptJwt(std::shared_ptr<const JwtVerifier> jwt);
  // From here on client certificates, which the handshake has checked, are
  // taken too.
  void AcceptClientCertificates();

  // Who makes the call, never null: by metadata "authorization: Bearer TOKEN"
  // if there is any, else by the certificate of the connection, else
  // `anonymous`. So a gateway with a certificate can pass its callers' tokens
  // on.
  //
  // UNAUTHENTICATED (CREDENTIALS_INVALID) for a credential that is not good: a
  // wrong credential never makes its caller anonymous. No credential is in any
  // error or log.
  absl::StatusOr<std::shared_ptr<const Principal>> Authenticate(
      const grpc::ServerContextBase& context) const;

  // The same for a connection that gRPC does not serve: the header's value, or
  // null, and the certificate that its handshake has checked, in PEM, or
  // nothing.
  absl::StatusOr<std::shared_ptr<const Principal>> Authenticate(
      const std::string* header, absl::string_view certificate_pem) const;

  // The same for the value of the authorization header alone.
  absl::StatusOr<std::shared_ptr<const Principal>> AuthenticateHeader(
      absl::string_view header) const;

 private:
  absl::StatusOr<std::shared_ptr<const Principal>> AuthenticateToken(
      absl::string_view token) const;

  const ClientCertificates certificates_;
  // Relaxed: set before the servers start that could bring any.
  std::atomic<bool> accepts_certificates_{false};

  // For the pointers only, which are taken and let go.
  mutable absl::Mutex mu_;
  std::shared_ptr<const BearerTokens> tokens_ ABSL_GUARDED_BY(mu_);
  std::shared_ptr<const JwtVerifier> jwt_ ABSL_GUARDED_BY(mu_);  // or null
};

// What a method that wants to know its caller says to `anonymous`:
// UNAUTHENTICATED (CREDENTIALS_MISSING).
absl::Status CredentialsMissing();

}  // namespace heapd::server

#endif  // HEAPD_SERVER_AUTH_AUTHENTICATOR_H_
