#ifndef HEAPD_SERVER_HTTP_HTTP_MESSAGE_H_
#define HEAPD_SERVER_HTTP_HTTP_MESSAGE_H_

#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace heapd::server {

using HttpHeader = std::pair<std::string, std::string>;

// One request as a handler gets it. A value; thread-compatible.
struct HttpRequest {
  std::string method;  // "GET"; "HEAD" comes to who handles GET
  std::string path;    // "/metrics"; as it came, nothing is decoded
  std::string query;   // what stands behind '?'
  std::vector<HttpHeader> headers;
  std::string body;
  // Who is at the other end, as gRPC writes it: "ipv4:127.0.0.1:5000",
  // "ipv6:[::1]:5000", "unix:".
  std::string peer;
  // The certificate that the client has shown in its handshake, in PEM, checked
  // against tls.client_ca_file; empty if none.
  std::string client_certificate;

  // The value of the first header of that name, in any case; null if there is
  // none.
  const std::string* Header(absl::string_view name) const;
  // How many there are.
  int HeaderCount(absl::string_view name) const;
};

// One answer. A value; thread-compatible.
//
// Answers are not to be kept by anybody and show nothing to other sites, unless
// a header here says otherwise: beside these there are Cache-Control: no-store,
// X-Content-Type-Options: nosniff, and a Content-Security-Policy that permits
// nothing.
struct HttpResponse {
  // Gives the next piece of a long body, and an empty one at its end; an error
  // cuts the connection, so that the client does not take what it has for all
  // of it. Called on threads that may wait, one call at a time.
  using Source = std::function<absl::StatusOr<std::string>()>;

  int status = 200;
  std::string content_type = "text/plain; charset=utf-8";
  std::string body;
  std::vector<HttpHeader> headers = {};
  Source source = nullptr;  // instead of `body`
};

// An answer in plain words: "{text}\n".
HttpResponse TextResponse(int status, absl::string_view text);

// The answer for an error of ours: 401 (with WWW-Authenticate), 403, 404, ...
// with its message.
HttpResponse ErrorResponse(const absl::Status& error);

}  // namespace heapd::server

#endif  // HEAPD_SERVER_HTTP_HTTP_MESSAGE_H_
