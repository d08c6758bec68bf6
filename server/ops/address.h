#ifndef HEAPD_SERVER_OPS_ADDRESS_H_
#define HEAPD_SERVER_OPS_ADDRESS_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace heapd::server {

// Where to listen: a numeric TCP address and port, or a Unix socket.
struct Address {
  std::string host;       // "127.0.0.1", "::1"; empty for a Unix socket
  uint16_t port = 0;      // 0: the system chooses
  std::string unix_path;  // absolute; empty for TCP

  bool is_unix() const { return !unix_path.empty(); }
  // "127.0.0.1:7700", "[::1]:7700", "unix:/run/heapd.sock": as gRPC takes it
  // on both sides.
  std::string ToString() const;
};

// From where an address may be reached.
enum class Reach {
  kThisMachine,  // loopback addresses and Unix sockets
  kAnywhere,
};

// Reads "HOST:PORT", "[IPV6]:PORT" or "unix:/PATH" and resolves the host. With
// port 0 only the first address that the host has is taken, since the others
// could not get the same port.
//
// INVALID_ARGUMENT for other texts, and with kThisMachine unless every address
// that the host resolves to is a loopback address: what is not encrypted stays
// on this machine.
absl::StatusOr<std::vector<Address>> ResolveAddress(
    absl::string_view text, Reach reach = Reach::kThisMachine);

// Tries to bind `address` (TCP) as gRPC will and says why that is refused.
absl::Status CheckBindable(const Address& address);

}  // namespace heapd::server

#endif  // HEAPD_SERVER_OPS_ADDRESS_H_
