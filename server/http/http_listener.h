#ifndef HEAPD_SERVER_HTTP_HTTP_LISTENER_H_
#define HEAPD_SERVER_HTTP_HTTP_LISTENER_H_

#include <sys/types.h>

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "server/auth/server_tls.h"
#include "server/http/http_router.h"
#include "server/ops/address.h"

namespace heapd::server {

// How a listener treats its connections.
struct HttpListenerOptions {
  // The configuration key that the addresses stand under; for errors.
  std::string name;
  std::vector<std::string> addresses;  // as ResolveAddress() reads them
  mode_t socket_mode = 0600;           // of Unix sockets
  // How TCP connections begin; nothing for plaintext. Unix sockets, which file
  // permissions guard, are plaintext always.
  std::optional<TlsHandshake> tls;
  // Where plaintext may be heard; TLS may be everywhere.
  Reach plaintext_reach = Reach::kThisMachine;
  // Threads on which handlers run that may wait.
  int handler_threads = 4;
  // Over this, the connection is closed that has been silent for longest.
  size_t max_connections = 256;
  // In all: for the handshake, and for a request with its body, from when the
  // connection is ready for it. Dripping does not make it longer.
  absl::Duration request_timeout = absl::Seconds(30);
  // For the answer, or for each piece of a long one, to leave.
  absl::Duration response_timeout = absl::Seconds(30);
  // Of the request line and all headers.
  uint32_t max_header_bytes = 16 * 1024;
};

// An HTTP/1.1 server: one thread that serves all connections, and a few on
// which handlers run. A client that sends or reads slowly holds no thread.
// Requests that a browser makes for another site are refused (see same_site.h).
// Single-threaded: Start, Shutdown and destruction are one thread's.
class HttpListener {
 public:
  // Binds every address and serves. `router` outlives the listener. Errors of
  // Listener::Start().
  static absl::StatusOr<std::unique_ptr<HttpListener>> Start(
      const HttpListenerOptions& options, const HttpRouter* router);

  // As Shutdown() without grace.
  ~HttpListener();
  HttpListener(const HttpListener&) = delete;
  HttpListener& operator=(const HttpListener&) = delete;

  // Refuses new connections at once, lets requests that have come be answered
  // for at most `grace`, ends the others, removes Unix sockets. Returns when
  // every handler has returned. Harmless when repeated.
  void Shutdown(absl::Duration grace);

  // What was bound, with the ports that were chosen.
  const std::vector<std::string>& addresses() const;

 private:
  class Server;

  explicit HttpListener(std::unique_ptr<Server> server);

  std::unique_ptr<Server> server_;
};

}  // namespace heapd::server

#endif  // HEAPD_SERVER_HTTP_HTTP_LISTENER_H_
