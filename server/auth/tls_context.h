#ifndef HEAPD_SERVER_AUTH_TLS_CONTEXT_H_
#define HEAPD_SERVER_AUTH_TLS_CONTEXT_H_

#include <openssl/ssl.h>

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace heapd::server {

// What OpenSSL begins handshakes of HTTP/1.1 servers with, for listeners that
// gRPC does not serve: TLS 1.2 and 1.3, without renegotiation, and without
// resumption, so that a certificate that was taken out is asked for again.
//
// `key_pair_pem` has the certificate chain and then its key; `client_ca_pem`
// the authorities whose clients' certificates are good, or nothing. Clients are
// asked for theirs only if the connection says so (SSL_set_verify()).
// INVALID_ARGUMENT for what does not belong together. Thread-safe once made.
absl::StatusOr<std::shared_ptr<SSL_CTX>> MakeTlsContext(
    absl::string_view key_pair_pem, absl::string_view client_ca_pem);

// The certificate that the peer has shown, and the handshake has checked, in
// PEM; empty if it has shown none.
std::string PeerCertificatePem(const SSL* connection);

}  // namespace heapd::server

#endif  // HEAPD_SERVER_AUTH_TLS_CONTEXT_H_
