#ifndef HEAPD_CLIENT_HEAPD_CREDENTIALS_H_
#define HEAPD_CLIENT_HEAPD_CREDENTIALS_H_

#include <memory>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "grpcpp/security/credentials.h"

namespace heapd::client {

// How a connection is encrypted. Texts in PEM, not names of files. A value.
struct TlsOptions {
  // Who may vouch for the daemon; empty: whom the system trusts.
  std::string authorities = {};
  // What the client shows, with its chain, and the key without passphrase; both
  // or neither.
  std::string certificate = {};
  std::string key = {};
  // The name that the daemon's certificate must have; empty: the host of the
  // address.
  std::string server_name = {};
};

// Who the client is, and how it makes sure of the daemon. A value.
struct Credentials {
  // None: plaintext. Unix sockets are plaintext always.
  std::optional<TlsOptions> tls = {};
  // Sent as "authorization: Bearer TOKEN" with every call unless empty. Never
  // logged and never in an error.
  std::string bearer_token = {};
};

// Where Credentials come from, for programs with such flags.
struct CredentialFiles {
  // TLS without any of the files below; each of them means TLS too.
  bool tls = false;
  std::string authorities = {};
  std::string certificate = {};
  std::string key = {};
  std::string server_name = {};
  // With the token, white space around it not counting; empty: what the
  // environment variable HEAPD_TOKEN has, if it is set.
  std::string token = {};
};

// Reads the files. NOT_FOUND for one that is not there, INVALID_ARGUMENT for
// one over 1 MiB, and as CheckTls().
absl::StatusOr<Credentials> ReadCredentials(const CredentialFiles& files);

// INVALID_ARGUMENT for a certificate without its key or with that of another,
// and for texts that are not in PEM. gRPC would only say that it cannot
// connect.
absl::Status CheckTls(const TlsOptions& tls);

// For a channel. REQUIRES: CheckTls().
std::shared_ptr<grpc::ChannelCredentials> ToChannelCredentials(
    const TlsOptions& tls);

}  // namespace heapd::client

#endif  // HEAPD_CLIENT_HEAPD_CREDENTIALS_H_
