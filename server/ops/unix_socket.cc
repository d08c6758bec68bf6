#include "server/ops/unix_socket.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "absl/strings/str_cat.h"

namespace heapd::server {
namespace {

absl::Status Refused(const std::string& path, absl::string_view why) {
  return absl::FailedPreconditionError(
      absl::StrCat("cannot listen on unix:", path, ": ", why));
}

}  // namespace

absl::StatusOr<UnixSocketClaim> UnixSocketClaim::Take(const std::string& path) {
  const std::string lock_path = path + ".lock";
  const int descriptor =
      open(lock_path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (descriptor < 0) {
    return Refused(path, absl::StrCat(lock_path, ": ", std::strerror(errno)));
  }
  UnixSocketClaim claim(path, descriptor);
  if (flock(descriptor, LOCK_EX | LOCK_NB) != 0) {
    const int error = errno;
    // Not ours: leave the socket file to whoever has the lock.
    close(std::exchange(claim.lock_descriptor_, -1));
    return Refused(path, error == EWOULDBLOCK ? "another heapd listens there"
                                              : std::strerror(error));
  }
  struct stat attributes;
  if (lstat(path.c_str(), &attributes) == 0 && !S_ISSOCK(attributes.st_mode)) {
    close(std::exchange(claim.lock_descriptor_, -1));
    return Refused(path, "something that is no socket stands there");
  }
  unlink(path.c_str());
  return claim;
}

UnixSocketClaim::UnixSocketClaim(UnixSocketClaim&& other) noexcept
    : path_(std::move(other.path_)),
      lock_descriptor_(std::exchange(other.lock_descriptor_, -1)) {}

UnixSocketClaim::~UnixSocketClaim() {
  if (lock_descriptor_ < 0) return;
  unlink(path_.c_str());
  close(lock_descriptor_);
}

absl::Status UnixSocketClaim::SetMode(mode_t mode) const {
  if (chmod(path_.c_str(), mode) == 0) return absl::OkStatus();
  return Refused(path_, std::strerror(errno));
}

}  // namespace heapd::server
