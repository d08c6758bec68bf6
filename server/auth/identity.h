#ifndef HEAPD_SERVER_AUTH_IDENTITY_H_
#define HEAPD_SERVER_AUTH_IDENTITY_H_

#include <grpcpp/security/server_credentials.h>

#include <memory>
#include <optional>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "server/auth/authenticator.h"
#include "server/auth/file_watch.h"
#include "server/auth/jwt_verifier.h"
#include "server/auth/server_tls.h"
#include "server/ops/config.h"

namespace heapd::server {

// Everything by which the daemon shows who it is and knows who calls, as the
// keys tls.* and auth.* say, and what may change of it while the daemon runs:
//
//   tls.certificate_file, tls.key_file, tls.client_ca_file, tls.snapshots_*,
//   auth.jwt_keys_file   at SIGHUP, and when changed
//   auth.tokens_file     at SIGHUP
//
// A file of tokens that is cut short is still a file of tokens, so the moment
// in which it is whole must be told; the others show when they are not.
//
// Thread-safe; outlives servers that have its credentials.
class Identity {
 public:
  // Reads and checks all files. INVALID_ARGUMENT names the file that is wrong.
  static absl::StatusOr<std::unique_ptr<Identity>> Load(const Config& config);

  Identity(const Identity&) = delete;
  Identity& operator=(const Identity&) = delete;

  // Reads all files again. What is wrong is logged, and what held before stays.
  void Reload();

  const Authenticator& authenticator() const { return authenticator_; }

  // What the listener "data", "operations", "liveness", "readiness" or
  // "snapshots" shows on its TCP addresses; null if it speaks plaintext.
  std::shared_ptr<grpc::ServerCredentials> CredentialsOf(
      const std::string& listener) const;
  // The same for the listener "metrics", which speaks no gRPC.
  std::optional<TlsHandshake> HandshakeOf(const std::string& listener) const;

 private:
  explicit Identity(const Config& config);

  // What that listener shows; null if it speaks plaintext.
  const ServerTls* TlsOf(const std::string& listener) const;
  ClientCertificateUse UseOf(const std::string& listener,
                             const ServerTls& tls) const;
  absl::Status LoadAll();
  absl::Status LoadTokens() ABSL_EXCLUSIVE_LOCKS_REQUIRED(reload_mu_);
  absl::Status LoadJwtKeys() ABSL_EXCLUSIVE_LOCKS_REQUIRED(reload_mu_);
  absl::Status LoadTls() ABSL_EXCLUSIVE_LOCKS_REQUIRED(reload_mu_);
  absl::Status LoadTlsOfSnapshots() ABSL_EXCLUSIVE_LOCKS_REQUIRED(reload_mu_);
  // The first time, or once more.
  absl::Status LoadInto(const TlsFiles& files, std::unique_ptr<ServerTls>* tls);
  // Calls one of the above and logs how it went. `what` names it.
  void ReloadOne(absl::string_view what, absl::Status (Identity::*load)())
      ABSL_LOCKS_EXCLUDED(reload_mu_);

  const Config config_;
  Authenticator authenticator_;
  // One reload at a time: SIGHUP and the watch are different threads. Before
  // the locks of what it loads.
  absl::Mutex reload_mu_;
  std::shared_ptr<JwtVerifier> jwt_;  // null if not configured; set by Load()
  std::unique_ptr<ServerTls> tls_;    // the same
  std::unique_ptr<ServerTls> snapshots_tls_;  // null: as tls_
  FileWatch watch_;  // last: its thread uses the others
};

}  // namespace heapd::server

#endif  // HEAPD_SERVER_AUTH_IDENTITY_H_
