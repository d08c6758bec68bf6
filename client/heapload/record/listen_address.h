#ifndef HEAPD_CLIENT_HEAPLOAD_RECORD_LISTEN_ADDRESS_H_
#define HEAPD_CLIENT_HEAPLOAD_RECORD_LISTEN_ADDRESS_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace heapd::heapload {

// Where the proxy may listen: "127.x.x.x:PORT", "[::1]:PORT", "localhost:PORT"
// (which is 127.0.0.1) or "unix:/PATH". What passes is not encrypted, so other
// addresses are INVALID_ARGUMENT, as with the daemon. Port 0 takes a free one.
// Returns it as gRPC names it.
absl::StatusOr<std::string> ParseListenAddress(const std::string& address);

// Makes room for a Unix socket: removes one that a dead process left.
// UNAVAILABLE if somebody listens there, ALREADY_EXISTS if it is no socket.
// Other addresses are left alone.
absl::Status ClaimUnixSocket(const std::string& address);
// Lets nobody but this user connect.
absl::Status CloseToOthers(const std::string& address);

}  // namespace heapd::heapload

#endif  // HEAPD_CLIENT_HEAPLOAD_RECORD_LISTEN_ADDRESS_H_
