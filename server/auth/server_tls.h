#ifndef HEAPD_SERVER_AUTH_SERVER_TLS_H_
#define HEAPD_SERVER_AUTH_SERVER_TLS_H_

#include <grpcpp/security/server_credentials.h>
#include <grpcpp/security/tls_certificate_provider.h>
#include <openssl/ssl.h>

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "server/auth/memory_file.h"

namespace heapd::server {

// Where the daemon's certificate comes from. All in PEM, at most 1 MiB each.
struct TlsFiles {
  std::string certificate;  // with the chain behind it
  std::string key;          // without passphrase
  std::string client_ca;    // authorities of clients' certificates; or empty
};

// What a listener does about certificates of clients.
enum class ClientCertificateUse {
  kIgnored,   // not asked for
  kOptional,  // asked for; one that is given must be good
  kRequired,  // without a good one there is no connection
};

// How a listener that gRPC does not serve begins a handshake.
struct TlsHandshake {
  // Asked anew for each connection: it changes when files are reloaded.
  std::function<std::shared_ptr<SSL_CTX>()> context;
  ClientCertificateUse client_certificates = ClientCertificateUse::kIgnored;
};

// The certificate that listeners show and the authorities whose clients they
// take. TLS 1.2 and 1.3.
//
// gRPC looks every second at what it is given and uses whatever is there: with
// a broken key it refuses all new connections. It is therefore given files in
// memory, to which only what was read and checked here is copied, key and
// certificate in one piece. Thread-safe; outlives the servers that have its
// credentials.
class ServerTls {
 public:
  // Reads and checks the files. INVALID_ARGUMENT names the file and says what
  // is wrong with it: see CheckKeyPair() and ParseCertificates().
  static absl::StatusOr<std::unique_ptr<ServerTls>> Load(TlsFiles files);

  // Reads the files again. Connections that begin a second or more later use
  // what was read; those that are open stay. After an error what held before
  // stays.
  absl::Status Reload() ABSL_LOCKS_EXCLUDED(mu_);

  // What a listener is given. REQUIRES: kIgnored, or files.client_ca.
  std::shared_ptr<grpc::ServerCredentials> CredentialsFor(
      ClientCertificateUse use) const;

  // The same for listeners of other kinds, which this outlives too.
  TlsHandshake HandshakeFor(ClientCertificateUse use) const;

  const TlsFiles& files() const { return files_; }
  // The end of the time in which the certificate is good.
  absl::Time expiry() const ABSL_LOCKS_EXCLUDED(mu_);

 private:
  // What the files have, checked.
  struct Material;
  static absl::StatusOr<Material> Read(const TlsFiles& files);

  ServerTls(TlsFiles files, const Material& material, MemoryFile key_pair,
            std::optional<MemoryFile> client_ca);

  const TlsFiles files_;
  mutable absl::Mutex mu_;
  absl::Time expiry_ ABSL_GUARDED_BY(mu_);
  std::shared_ptr<SSL_CTX> context_ ABSL_GUARDED_BY(mu_);
  // The certificate chain, then the key.
  MemoryFile key_pair_ ABSL_GUARDED_BY(mu_);
  std::optional<MemoryFile> client_ca_ ABSL_GUARDED_BY(mu_);
  // Reads the files above on a thread of its own; goes before they do.
  std::shared_ptr<grpc::experimental::CertificateProviderInterface> provider_;
};

}  // namespace heapd::server

#endif  // HEAPD_SERVER_AUTH_SERVER_TLS_H_
