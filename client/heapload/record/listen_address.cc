#include "client/heapload/record/listen_address.h"

#include <arpa/inet.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "client/heapd/connection.h"
#include "client/heapd/status_macros.h"

namespace heapd::heapload {
namespace {

constexpr char kUnix[] = "unix:";

bool IsLoopback(const std::string& host) {
  if (host == "[::1]") return true;
  in_addr parsed;
  return inet_pton(AF_INET, host.c_str(), &parsed) == 1 &&
         (ntohl(parsed.s_addr) >> 24) == 127;
}

std::string SystemMessage(const std::string& path) {
  return absl::StrCat(path, ": ", std::strerror(errno));
}

// Whether somebody accepts connections at the path.
bool SomebodyListens(const std::string& path) {
  sockaddr_un name = {};
  name.sun_family = AF_UNIX;
  if (path.size() >= sizeof(name.sun_path)) return false;
  std::memcpy(name.sun_path, path.data(), path.size());
  const int descriptor = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (descriptor < 0) return false;
  const bool connected =
      connect(descriptor, reinterpret_cast<const sockaddr*>(&name),
              sizeof(name)) == 0;
  close(descriptor);
  return connected;
}

}  // namespace

absl::StatusOr<std::string> ParseListenAddress(const std::string& address) {
  if (absl::StartsWith(address, kUnix)) {
    HEAPD_CLIENT_RETURN_IF_ERROR(client::ParseAddress(address).status());
    return address;
  }
  const size_t colon = address.rfind(':');
  if (colon == std::string::npos || colon + 1 == address.size()) {
    return absl::InvalidArgumentError(
        absl::StrCat("'", address,
                     "' is no address to listen on: give HOST:PORT or "
                     "unix:/PATH"));
  }
  std::string host = address.substr(0, colon);
  if (host == "localhost") host = "127.0.0.1";
  if (!IsLoopback(host)) {
    return absl::InvalidArgumentError(
        absl::StrCat("'", address,
                     "' is not a loopback address; what passes the proxy is "
                     "not encrypted"));
  }
  uint32_t port = 0;
  if (!absl::SimpleAtoi(address.substr(colon + 1), &port) || port > 65535) {
    return absl::InvalidArgumentError(
        absl::StrCat("'", address, "' has no port from 0 to 65535"));
  }
  return absl::StrCat(host, ":", port);
}

absl::Status ClaimUnixSocket(const std::string& address) {
  absl::string_view path = address;
  if (!absl::ConsumePrefix(&path, kUnix)) return absl::OkStatus();
  const std::string file(path);
  struct stat found;
  if (lstat(file.c_str(), &found) != 0) return absl::OkStatus();
  if (!S_ISSOCK(found.st_mode)) {
    return absl::AlreadyExistsError(
        absl::StrCat(file, " is there and is no socket"));
  }
  if (SomebodyListens(file)) {
    return absl::UnavailableError(
        absl::StrCat("somebody listens on ", file, " already"));
  }
  if (unlink(file.c_str()) != 0) {
    return absl::UnavailableError(SystemMessage(file));
  }
  return absl::OkStatus();
}

absl::Status CloseToOthers(const std::string& address) {
  absl::string_view path = address;
  if (!absl::ConsumePrefix(&path, kUnix)) return absl::OkStatus();
  if (chmod(std::string(path).c_str(), 0600) != 0) {
    return absl::UnavailableError(SystemMessage(std::string(path)));
  }
  return absl::OkStatus();
}

}  // namespace heapd::heapload
