#include "server/http/http_listener.h"

#include <pthread.h>
#include <sys/socket.h>

#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <thread>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "heap/base/status_macros.h"
#include "server/http/http_connection.h"
#include "server/ops/unix_socket.h"

namespace heapd::server {
namespace {

namespace asio = boost::asio;
using ErrorCode = boost::system::error_code;
using Protocol = asio::generic::stream_protocol;
using Acceptor = asio::basic_socket_acceptor<Protocol>;
using WorkGuard = asio::executor_work_guard<asio::io_context::executor_type>;

// When no connection can be accepted, for want of descriptors or memory.
constexpr std::chrono::milliseconds kAcceptAgainAfter{100};

bool IsLoopback(const Address& address) {
  return absl::StartsWith(address.host, "127.") || address.host == "::1";
}

Protocol::endpoint EndpointOf(const Address& address) {
  if (address.is_unix()) {
    return asio::local::stream_protocol::endpoint(address.unix_path);
  }
  return asio::ip::tcp::endpoint(asio::ip::make_address(address.host),
                                 address.port);
}

asio::ip::tcp::endpoint TcpEndpoint(const Protocol::endpoint& endpoint) {
  asio::ip::tcp::endpoint tcp;
  if (endpoint.size() <= tcp.capacity()) {
    std::memcpy(tcp.data(), endpoint.data(), endpoint.size());
    tcp.resize(endpoint.size());
  }
  return tcp;
}

// As gRPC names it.
std::string PeerName(const HttpSocket& socket) {
  ErrorCode error;
  const Protocol::endpoint endpoint = socket.remote_endpoint(error);
  const int family = endpoint.protocol().family();
  if (error || (family != AF_INET && family != AF_INET6)) return "unix:";
  const asio::ip::tcp::endpoint tcp = TcpEndpoint(endpoint);
  const std::string host = tcp.address().to_string();
  return family == AF_INET ? absl::StrCat("ipv4:", host, ":", tcp.port())
                           : absl::StrCat("ipv6:[", host, "]:", tcp.port());
}

absl::StatusOr<std::vector<Address>> ResolveAll(
    const HttpListenerOptions& options) {
  const Reach reach =
      options.tls.has_value() ? Reach::kAnywhere : options.plaintext_reach;
  std::vector<Address> all;
  for (const std::string& text : options.addresses) {
    absl::StatusOr<std::vector<Address>> resolved = ResolveAddress(text, reach);
    if (!resolved.ok()) {
      return absl::InvalidArgumentError(
          absl::StrCat(options.name, ": ", resolved.status().message()));
    }
    all.insert(all.end(), resolved->begin(), resolved->end());
  }
  return all;
}

}  // namespace

class HttpListener::Server {
 public:
  Server(const HttpListenerOptions& options, const HttpRouter* router)
      : io_work_(shared_.io.get_executor()),
        handlers_work_(shared_.handlers.get_executor()) {
    shared_.options = options;
    shared_.router = router;
  }
  ~Server() { Shutdown(absl::ZeroDuration()); }

  absl::Status Bind();
  void Run();
  void Shutdown(absl::Duration grace);

  const std::vector<std::string>& addresses() const { return addresses_; }

 private:
  // One address that is listened on.
  struct Door {
    explicit Door(asio::io_context& io) : acceptor(io), pause(io) {}

    Acceptor acceptor;
    asio::steady_timer pause;
    bool is_unix = false;
    bool by_loopback = false;
  };

  absl::Status Open(Address address);
  void Accept(Door* door);
  void AcceptLater(Door* door);
  void Welcome(const Door& door, HttpSocket socket);

  HttpShared shared_;
  WorkGuard io_work_;
  WorkGuard handlers_work_;
  std::vector<UnixSocketClaim> claims_;  // outlive the doors
  std::vector<std::unique_ptr<Door>> doors_;
  std::vector<std::string> addresses_;
  std::thread io_thread_;
  std::vector<std::thread> handler_threads_;
};

absl::Status HttpListener::Server::Bind() {
  HEAPD_ASSIGN_OR_RETURN(const std::vector<Address> addresses,
                         ResolveAll(shared_.options));
  for (const Address& address : addresses) {
    HEAPD_RETURN_IF_ERROR(Open(address));
  }
  return absl::OkStatus();
}

absl::Status HttpListener::Server::Open(Address address) {
  if (address.is_unix()) {
    HEAPD_ASSIGN_OR_RETURN(UnixSocketClaim claim,
                           UnixSocketClaim::Take(address.unix_path));
    claims_.push_back(std::move(claim));
  }
  const Protocol::endpoint endpoint = EndpointOf(address);
  auto door = std::make_unique<Door>(shared_.io);
  door->is_unix = address.is_unix();
  door->by_loopback = !shared_.options.tls.has_value() && IsLoopback(address);
  ErrorCode error;
  Acceptor& acceptor = door->acceptor;
  acceptor.open(endpoint.protocol(), error);
  // Connections of a daemon before this one may still be in TIME_WAIT.
  if (!error && !address.is_unix()) {
    acceptor.set_option(asio::socket_base::reuse_address(true), error);
  }
  if (!error) acceptor.bind(endpoint, error);
  if (!error && address.is_unix()) {
    HEAPD_RETURN_IF_ERROR(claims_.back().SetMode(shared_.options.socket_mode));
  }
  if (!error) acceptor.listen(asio::socket_base::max_listen_connections, error);
  if (error) {
    return absl::UnavailableError(
        absl::StrCat("cannot listen on ", address.ToString(), " (",
                     shared_.options.name, "): ", error.message()));
  }
  if (!address.is_unix()) {
    address.port = TcpEndpoint(acceptor.local_endpoint()).port();
  }
  addresses_.push_back(address.ToString());
  doors_.push_back(std::move(door));
  return absl::OkStatus();
}

void HttpListener::Server::Run() {
  for (const auto& door : doors_) Accept(door.get());
  io_thread_ = std::thread([this] {
    pthread_setname_np(pthread_self(), "http");
    shared_.io.run();
  });
  for (int i = 0; i < shared_.options.handler_threads; ++i) {
    handler_threads_.emplace_back([this] {
      pthread_setname_np(pthread_self(), "http_handler");
      shared_.handlers.run();
    });
  }
}

void HttpListener::Server::Accept(Door* door) {
  door->acceptor.async_accept([this, door](ErrorCode error, HttpSocket socket) {
    if (!door->acceptor.is_open()) return;
    if (error) return AcceptLater(door);
    Welcome(*door, std::move(socket));
    Accept(door);
  });
}

void HttpListener::Server::AcceptLater(Door* door) {
  door->pause.expires_after(kAcceptAgainAfter);
  door->pause.async_wait([this, door](ErrorCode) {
    if (door->acceptor.is_open()) Accept(door);
  });
}

void HttpListener::Server::Welcome(const Door& door, HttpSocket socket) {
  // Full of those that are being answered: there is no better one to give up.
  if (shared_.table.size() >= shared_.options.max_connections &&
      !shared_.table.AbortLongestWaiting()) {
    return;
  }
  HttpPeer peer{PeerName(socket), door.by_loopback};
  const bool encrypted = shared_.options.tls.has_value() && !door.is_unix;
  if (!door.is_unix) {
    ErrorCode ignored;
    socket.set_option(asio::ip::tcp::no_delay(true), ignored);
  }
  std::shared_ptr<HttpConnection> connection =
      encrypted
          ? HttpConnection::Tls(&shared_, std::move(socket), std::move(peer),
                                *shared_.options.tls)
          : HttpConnection::Plain(&shared_, std::move(socket), std::move(peer));
  shared_.table.Add(connection);
  connection->Start();
}

void HttpListener::Server::Shutdown(absl::Duration grace) {
  if (io_thread_.joinable()) {
    asio::post(shared_.io, [this] {
      shared_.is_draining = true;
      ErrorCode ignored;
      for (const auto& door : doors_) {
        door->acceptor.close(ignored);
        door->pause.cancel();
      }
      shared_.table.AbortWaiting();
    });
    shared_.table.AwaitEmpty(grace);
    asio::post(shared_.io, [this] { shared_.table.AbortAll(); });
    handlers_work_.reset();
    for (std::thread& thread : handler_threads_) thread.join();
    io_work_.reset();
    io_thread_.join();
  }
  doors_.clear();
  claims_.clear();
}

absl::StatusOr<std::unique_ptr<HttpListener>> HttpListener::Start(
    const HttpListenerOptions& options, const HttpRouter* router) {
  auto server = std::make_unique<Server>(options, router);
  HEAPD_RETURN_IF_ERROR(server->Bind());
  server->Run();
  return std::unique_ptr<HttpListener>(new HttpListener(std::move(server)));
}

HttpListener::HttpListener(std::unique_ptr<Server> server)
    : server_(std::move(server)) {}

HttpListener::~HttpListener() = default;

void HttpListener::Shutdown(absl::Duration grace) { server_->Shutdown(grace); }

const std::vector<std::string>& HttpListener::addresses() const {
  return server_->addresses();
}

}  // namespace heapd::server
