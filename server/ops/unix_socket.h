#ifndef HEAPD_SERVER_OPS_UNIX_SOCKET_H_
#define HEAPD_SERVER_OPS_UNIX_SOCKET_H_

#include <sys/types.h>

#include <string>

#include "absl/status/statusor.h"

namespace heapd::server {

// The right to listen on one Unix socket path.
//
// gRPC by itself takes a path over from a live server, silently. So whoever
// listens holds a lock on PATH.lock for life; a socket file that is there while
// the lock is free was left by a dead daemon and is removed. The lock file
// stays: removing it would let two daemons each lock a file of that name.
//
// Movable; the lock is given back and the socket file removed at destruction,
// which must come after the server stopped. Single-threaded.
class UnixSocketClaim {
 public:
  // FAILED_PRECONDITION when a live daemon has the path, or something that is
  // no socket stands there.
  static absl::StatusOr<UnixSocketClaim> Take(const std::string& path);

  UnixSocketClaim(UnixSocketClaim&& other) noexcept;
  UnixSocketClaim& operator=(UnixSocketClaim&&) = delete;
  ~UnixSocketClaim();

  // Sets who may connect; call once the socket is bound.
  absl::Status SetMode(mode_t mode) const;

 private:
  UnixSocketClaim(std::string path, int lock_descriptor)
      : path_(std::move(path)), lock_descriptor_(lock_descriptor) {}

  std::string path_;
  int lock_descriptor_;  // -1 after a move
};

}  // namespace heapd::server

#endif  // HEAPD_SERVER_OPS_UNIX_SOCKET_H_
