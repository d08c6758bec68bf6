#include "tests/e2e/cutting_proxy.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <vector>

#include "absl/strings/str_cat.h"
#include "heap/base/check.h"

namespace heapd::e2e {
namespace {

constexpr int kPollMilliseconds = 50;

sockaddr_in Loopback(uint16_t port) {
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

bool WouldBlock() { return errno == EAGAIN || errno == EWOULDBLOCK; }

}  // namespace

CuttingProxy::CuttingProxy(uint16_t target_port, CutRange range, uint64_t seed)
    : target_port_(target_port), range_(range), random_(seed) {
  listener_ = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  HEAPD_CHECK(listener_ >= 0);
  sockaddr_in address = Loopback(0);
  socklen_t size = sizeof(address);
  auto* const generic = reinterpret_cast<sockaddr*>(&address);
  HEAPD_CHECK(bind(listener_, generic, size) == 0);
  HEAPD_CHECK(listen(listener_, SOMAXCONN) == 0);
  HEAPD_CHECK(getsockname(listener_, generic, &size) == 0);
  address_ = absl::StrCat("127.0.0.1:", ntohs(address.sin_port));
  thread_ = std::thread([this] { Run(); });
}

CuttingProxy::~CuttingProxy() {
  stopping_ = true;
  thread_.join();
  for (const Connection& connection : connections_) Cut(connection);
  close(listener_);
}

void CuttingProxy::Run() {
  while (!stopping_) {
    std::vector<pollfd> sockets = {{listener_, POLLIN, 0}};
    for (const Connection& connection : connections_) {
      for (const Pipe* pipe : {&connection.up, &connection.down}) {
        // What cannot be written yet keeps from reading more.
        if (pipe->pending.empty()) {
          sockets.push_back({pipe->from, POLLIN, 0});
        } else {
          sockets.push_back({pipe->to, POLLOUT, 0});
        }
      }
    }
    if (poll(sockets.data(), sockets.size(), kPollMilliseconds) <= 0) continue;
    size_t next = 1;
    for (auto at = connections_.begin(); at != connections_.end();) {
      bool lives = true;
      for (Pipe* pipe : {&at->up, &at->down}) {
        if (sockets[next++].revents != 0) lives = lives && Forward(*pipe);
      }
      if (!lives) Cut(*at);
      at = lives ? std::next(at) : connections_.erase(at);
    }
    if (sockets[0].revents != 0) Accept();
  }
}

void CuttingProxy::Accept() {
  const int client =
      accept4(listener_, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
  if (client < 0) return;
  const int server = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const sockaddr_in address = Loopback(target_port_);
  if (server < 0 || connect(server, reinterpret_cast<const sockaddr*>(&address),
                            sizeof(address)) != 0) {
    close(client);
    if (server >= 0) close(server);
    return;
  }
  HEAPD_CHECK(fcntl(server, F_SETFL, O_NONBLOCK) == 0);
  const int yes = 1;
  setsockopt(client, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof(yes));
  setsockopt(server, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof(yes));
  connections_.push_back({{client, server, RandomBytes(), {}},
                          {server, client, RandomBytes(), {}}});
}

bool CuttingProxy::Forward(Pipe& pipe) {
  if (pipe.pending.empty()) {
    char bytes[16384];
    const ssize_t count = read(pipe.from, bytes, sizeof(bytes));
    if (count < 0) return WouldBlock();
    if (count == 0) return false;
    const uint64_t passed =
        std::min(static_cast<uint64_t>(count), pipe.bytes_left);
    pipe.pending.assign(bytes, passed);
    pipe.bytes_left -= passed;
  }
  return Flush(pipe) && pipe.bytes_left > 0;
}

bool CuttingProxy::Flush(Pipe& pipe) {
  const ssize_t count =
      send(pipe.to, pipe.pending.data(), pipe.pending.size(), MSG_NOSIGNAL);
  if (count < 0) return WouldBlock();
  pipe.pending.erase(0, static_cast<size_t>(count));
  return true;
}

void CuttingProxy::Cut(const Connection& connection) {
  cut_count_.fetch_add(1);
  // Sometimes with a reset, which also takes what the peer has not read yet.
  const linger reset = {1, 0};
  for (const int side : {connection.up.from, connection.up.to}) {
    if (random_() % 2 == 0) {
      setsockopt(side, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
    }
    close(side);
  }
}

uint64_t CuttingProxy::RandomBytes() {
  return std::uniform_int_distribution<uint64_t>(range_.min_bytes,
                                                 range_.max_bytes)(random_);
}

}  // namespace heapd::e2e
