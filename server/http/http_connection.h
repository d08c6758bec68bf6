#ifndef HEAPD_SERVER_HTTP_HTTP_CONNECTION_H_
#define HEAPD_SERVER_HTTP_HTTP_CONNECTION_H_

#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/io_context.hpp>
#include <memory>
#include <string>

#include "server/auth/server_tls.h"
#include "server/http/connection_table.h"
#include "server/http/http_listener.h"
#include "server/http/http_router.h"

// Only http_listener.cc and http_connection.cc know of Boost.

namespace heapd::server {

// What the connections of a listener share.
struct HttpShared {
  HttpListenerOptions options;
  const HttpRouter* router = nullptr;
  // Run by one thread: connections, and the table, are its own.
  boost::asio::io_context io{1};
  // Run by the threads on which handlers may wait.
  boost::asio::io_context handlers;
  ConnectionTable table;
  bool is_draining = false;  // of the thread of `io`
};

using HttpSocket = boost::asio::generic::stream_protocol::socket;

// Who is at the other end.
struct HttpPeer {
  std::string name;          // see HttpRequest::peer
  bool by_loopback = false;  // plaintext on a loopback address
};

// One connection, which serves one request after another:
//
//   [handshake ->] head -> [body ->] handler -> answer -+-> closed
//                   ^                                   |
//                   +-----------------------------------+
//
// Of the thread of `io`, from Start() on; it keeps itself alive until it is
// closed, and is in the table until then. `shared` outlives it.
class HttpConnection {
 public:
  static std::shared_ptr<HttpConnection> Plain(HttpShared* shared,
                                               HttpSocket socket,
                                               HttpPeer peer);
  static std::shared_ptr<HttpConnection> Tls(HttpShared* shared,
                                             HttpSocket socket, HttpPeer peer,
                                             const TlsHandshake& handshake);

  virtual ~HttpConnection() = default;
  virtual void Start() = 0;
  // Ends it whatever it does.
  virtual void Abort() = 0;
};

}  // namespace heapd::server

#endif  // HEAPD_SERVER_HTTP_HTTP_CONNECTION_H_
