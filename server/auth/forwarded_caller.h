#ifndef HEAPD_SERVER_AUTH_FORWARDED_CALLER_H_
#define HEAPD_SERVER_AUTH_FORWARDED_CALLER_H_

#include <grpcpp/client_context.h>
#include <grpcpp/server_context.h>

#include <string>

#include "absl/strings/string_view.h"

namespace heapd::server {

// Who is behind a call that a part of this process (the operator's page) passes
// on to a plane, over a channel within the process. It carries a secret that
// only this process knows; of other calls nothing of this is believed.
//
// Thread-safe.

// REQUIRES: the channel of `context` stays within this process.
//
// Tells where the caller is, as gRPC writes it ("ipv4:127.0.0.1:50112"), and
// the certificate, in PEM, that it has shown, checked already; empty if none.
void ForwardCaller(absl::string_view peer, absl::string_view certificate_pem,
                   grpc::ClientContext* context);

// Where the caller is: its connection, or what was told of it.
std::string PeerOf(const grpc::ServerContextBase& context);

// The certificate of the connection that gRPC has checked, or that was told
// of; empty if none. It lives as long as the context.
absl::string_view CertificateOf(const grpc::ServerContextBase& context);

}  // namespace heapd::server

#endif  // HEAPD_SERVER_AUTH_FORWARDED_CALLER_H_
