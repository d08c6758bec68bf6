#ifndef HEAPD_SERVER_OPS_LISTENER_H_
#define HEAPD_SERVER_OPS_LISTENER_H_

#include <grpcpp/grpcpp.h>
#include <sys/types.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "server/ops/address.h"
#include "server/ops/unix_socket.h"

namespace heapd::server {

// How a listener treats its connections.
struct ListenerOptions {
  // The configuration key that the addresses stand under; for errors and logs.
  std::string name;
  std::vector<std::string> addresses;  // as ResolveAddress() reads them
  mode_t socket_mode = 0600;           // of Unix sockets
  // What TCP addresses show and ask for; null for plaintext. Unix sockets,
  // which file permissions guard, are plaintext always.
  std::shared_ptr<grpc::ServerCredentials> credentials;
  // Where plaintext may be heard; TLS may be everywhere.
  Reach plaintext_reach = Reach::kThisMachine;
  uint64_t max_request_bytes = uint64_t{4} << 20;
  // Threads for synchronous services; calls above it are refused with
  // RESOURCE_EXHAUSTED. Callback services do not count.
  int max_threads = 64;
  // Bytes that gRPC keeps of requests, whole or not: it reads a request before
  // anybody can refuse it. Over this it cancels calls whose requests are not
  // complete. 0: no bound.
  uint64_t max_receive_bytes = 0;
  // Streams on one connection; a client's further calls wait at the client.
  int max_streams_per_connection = 1'000'000;
};

// One gRPC server with its sockets. Single-threaded: Start, Shutdown and
// destruction are one thread's; the services' own threads start with it.
class Listener {
 public:
  // Binds every address and serves. `services` outlive the listener.
  // INVALID_ARGUMENT for an address that is wrong or not allowed,
  // FAILED_PRECONDITION or UNAVAILABLE for one that is taken; both name it.
  static absl::StatusOr<std::unique_ptr<Listener>> Start(
      const ListenerOptions& options,
      const std::vector<grpc::Service*>& services);

  // As Shutdown() without grace.
  ~Listener();
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;

  // Refuses new calls at once, lets calls in flight finish for at most
  // `grace`, ends the others, removes Unix sockets. Returns when every
  // handler has returned. Harmless when repeated.
  void Shutdown(absl::Duration grace);

  // A channel within the process, which needs neither address nor credentials.
  // Calls on it end with UNAVAILABLE once the listener is shut down. REQUIRES:
  // it has not been.
  std::shared_ptr<grpc::Channel> InProcessChannel();

  // What was bound, with the ports that were chosen.
  const std::vector<std::string>& addresses() const { return addresses_; }

 private:
  Listener() = default;

  std::unique_ptr<grpc::Server> server_;
  std::vector<UnixSocketClaim> claims_;  // outlive the server
  std::vector<std::string> addresses_;
};

}  // namespace heapd::server

#endif  // HEAPD_SERVER_OPS_LISTENER_H_
