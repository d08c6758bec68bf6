#include "server/ops/address.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <memory>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "heap/base/status_macros.h"

namespace heapd::server {
namespace {

struct FreeAddresses {
  void operator()(addrinfo* list) const { freeaddrinfo(list); }
};
using AddressList = std::unique_ptr<addrinfo, FreeAddresses>;

absl::Status BadAddress(absl::string_view text, absl::string_view message) {
  return absl::InvalidArgumentError(
      absl::StrCat("address '", text, "' ", message));
}

absl::StatusOr<AddressList> Lookup(const std::string& host,
                                   const std::string& port, int flags) {
  addrinfo hints = {};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_NUMERICSERV | flags;
  addrinfo* found = nullptr;
  const int error = getaddrinfo(host.c_str(), port.c_str(), &hints, &found);
  if (error != 0) return absl::NotFoundError(gai_strerror(error));
  return AddressList(found);
}

bool IsLoopback(const sockaddr* address) {
  if (address->sa_family == AF_INET) {
    const auto* v4 = reinterpret_cast<const sockaddr_in*>(address);
    return (ntohl(v4->sin_addr.s_addr) >> 24) == 127;
  }
  if (address->sa_family != AF_INET6) return false;
  const auto* v6 = reinterpret_cast<const sockaddr_in6*>(address);
  return IN6_IS_ADDR_LOOPBACK(&v6->sin6_addr) ||
         (IN6_IS_ADDR_V4MAPPED(&v6->sin6_addr) &&
          v6->sin6_addr.s6_addr[12] == 127);
}

std::string NumericHost(const addrinfo& entry) {
  char host[NI_MAXHOST] = {};
  getnameinfo(entry.ai_addr, entry.ai_addrlen, host, sizeof(host), nullptr, 0,
              NI_NUMERICHOST);
  return host;
}

absl::StatusOr<Address> UnixAddress(absl::string_view text) {
  Address address;
  address.unix_path = std::string(text.substr(std::strlen("unix:")));
  if (!absl::StartsWith(address.unix_path, "/") ||
      absl::EndsWith(address.unix_path, "/")) {
    return BadAddress(text, "needs an absolute path: unix:/PATH");
  }
  if (address.unix_path.size() >= sizeof(sockaddr_un::sun_path)) {
    return BadAddress(text, "is longer than a Unix socket's path may be");
  }
  return address;
}

// Splits "HOST:PORT" or "[HOST]:PORT".
absl::StatusOr<Address> SplitHostPort(absl::string_view text) {
  const size_t colon = text.rfind(':');
  if (colon == absl::string_view::npos || colon == 0) {
    return BadAddress(text, "must be HOST:PORT or unix:/PATH");
  }
  absl::string_view host = text.substr(0, colon);
  const bool bracketed =
      absl::StartsWith(host, "[") && absl::EndsWith(host, "]");
  if (bracketed) host = host.substr(1, host.size() - 2);
  if (host.empty() || (!bracketed && host.find(':') != host.npos)) {
    return BadAddress(text, "must be HOST:PORT; IPv6 goes in brackets");
  }
  uint32_t port = 0;
  if (!absl::SimpleAtoi(text.substr(colon + 1), &port) || port > 65535) {
    return BadAddress(text, "needs a port from 0 to 65535");
  }
  Address address;
  address.host = std::string(host);
  address.port = static_cast<uint16_t>(port);
  return address;
}

// IPv6 loopback is often listed but switched off.
bool Exists(const Address& address) {
  Address any_port = address;
  any_port.port = 0;
  return CheckBindable(any_port).ok();
}

}  // namespace

std::string Address::ToString() const {
  if (is_unix()) return absl::StrCat("unix:", unix_path);
  const bool v6 = host.find(':') != std::string::npos;
  return absl::StrCat(v6 ? "[" : "", host, v6 ? "]:" : ":", port);
}

absl::StatusOr<std::vector<Address>> ResolveAddress(absl::string_view text,
                                                    Reach reach) {
  if (absl::StartsWith(text, "unix:")) {
    HEAPD_ASSIGN_OR_RETURN(Address address, UnixAddress(text));
    return std::vector<Address>{address};
  }
  HEAPD_ASSIGN_OR_RETURN(const Address asked, SplitHostPort(text));
  const absl::StatusOr<AddressList> found =
      Lookup(asked.host, absl::StrCat(asked.port), AI_PASSIVE);
  if (!found.ok()) {
    return BadAddress(
        text, absl::StrCat("cannot be resolved: ", found.status().message()));
  }
  std::vector<Address> addresses;
  for (const addrinfo* entry = found->get(); entry; entry = entry->ai_next) {
    const Address address{NumericHost(*entry), asked.port, ""};
    if (reach == Reach::kThisMachine && !IsLoopback(entry->ai_addr)) {
      return BadAddress(
          text,
          absl::StrCat("is not on this machine's loopback (", address.host,
                       "): without TLS heapd listens on loopback "
                       "addresses and Unix sockets only; see "
                       "tls.certificate_file"));
    }
    const auto same = [&](const Address& other) {
      return other.host == address.host;
    };
    if (std::none_of(addresses.begin(), addresses.end(), same)) {
      addresses.push_back(address);
    }
  }
  if (addresses.size() > 1) {
    std::vector<Address> existing;
    std::copy_if(addresses.begin(), addresses.end(),
                 std::back_inserter(existing), Exists);
    if (!existing.empty()) addresses = std::move(existing);
  }
  if (asked.port == 0) addresses.resize(1);
  return addresses;
}

absl::Status CheckBindable(const Address& address) {
  HEAPD_ASSIGN_OR_RETURN(
      const AddressList found,
      Lookup(address.host, absl::StrCat(address.port), AI_NUMERICHOST));
  const int descriptor =
      socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (descriptor < 0) return absl::UnavailableError(std::strerror(errno));
  const absl::Cleanup close_it = [descriptor] { close(descriptor); };
  const int on = 1;
  setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
  if (bind(descriptor, found->ai_addr, found->ai_addrlen) != 0) {
    return absl::UnavailableError(std::strerror(errno));
  }
  return absl::OkStatus();
}

}  // namespace heapd::server
