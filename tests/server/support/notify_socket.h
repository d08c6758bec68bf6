#ifndef HEAPD_TESTS_SERVER_SUPPORT_NOTIFY_SOCKET_H_
#define HEAPD_TESTS_SERVER_SUPPORT_NOTIFY_SOCKET_H_

#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>
#include <string>

#include "absl/strings/match.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "heap/base/check.h"
#include "tests/server/support/temporary_directory.h"

namespace heapd::server {

// What a service manager listens on. While it is there, this process and those
// that it starts take it for their manager's.
class NotifySocket {
 public:
  // A watchdog of `watchdog` is announced too, unless it is zero.
  explicit NotifySocket(absl::Duration watchdog = absl::ZeroDuration()) {
    const std::string path = directory_.Path("notify");
    sockaddr_un address = {};
    address.sun_family = AF_UNIX;
    std::strncpy(address.sun_path, path.c_str(), sizeof(address.sun_path) - 1);
    socket_ = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    HEAPD_CHECK(bind(socket_, reinterpret_cast<sockaddr*>(&address),
                     sizeof(address)) == 0);
    setenv("NOTIFY_SOCKET", path.c_str(), 1);
    if (watchdog == absl::ZeroDuration()) return;
    setenv("WATCHDOG_USEC",
           std::to_string(absl::ToInt64Microseconds(watchdog)).c_str(), 1);
  }
  ~NotifySocket() {
    unsetenv("NOTIFY_SOCKET");
    unsetenv("WATCHDOG_USEC");
    close(socket_);
  }
  NotifySocket(const NotifySocket&) = delete;
  NotifySocket& operator=(const NotifySocket&) = delete;

  // The next message, or "" if none comes in this time.
  std::string Next(absl::Duration timeout = absl::Seconds(30)) {
    pollfd wait = {socket_, POLLIN, 0};
    if (poll(&wait, 1, static_cast<int>(absl::ToInt64Milliseconds(timeout))) <=
        0) {
      return "";
    }
    char bytes[4096];
    const ssize_t size = recv(socket_, bytes, sizeof(bytes), 0);
    return size < 0 ? "" : std::string(bytes, static_cast<size_t>(size));
  }

  // The next message that begins so, and what came before it is passed over;
  // "" if none comes for a while.
  std::string NextOf(const std::string& prefix) {
    for (;;) {
      std::string message = Next();
      if (message.empty() || absl::StartsWith(message, prefix)) return message;
    }
  }

 private:
  TemporaryDirectory directory_;
  int socket_ = -1;
};

}  // namespace heapd::server

#endif  // HEAPD_TESTS_SERVER_SUPPORT_NOTIFY_SOCKET_H_
