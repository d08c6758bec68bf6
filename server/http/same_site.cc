#include "server/http/same_site.h"

#include <arpa/inet.h>

#include <string>

#include "absl/strings/match.h"
#include "absl/strings/strip.h"

namespace heapd::server {
namespace {

absl::Status Refused(absl::string_view why) {
  return absl::PermissionDeniedError(why);
}

// "[::1]:7704" and "localhost:7704" without the port. What is neither is given
// back as it is, and matches nothing.
absl::string_view HostOf(absl::string_view authority) {
  const size_t colon = authority.rfind(':');
  if (colon == absl::string_view::npos || absl::EndsWith(authority, "]")) {
    return authority;
  }
  return authority.substr(0, colon);
}

bool IsLoopbackName(absl::string_view host) {
  if (absl::EqualsIgnoreCase(host, "localhost") || host == "[::1]") return true;
  in_addr address;
  if (inet_pton(AF_INET, std::string(host).c_str(), &address) != 1) {
    return false;
  }
  return (ntohl(address.s_addr) >> 24) == 127;
}

bool IsOtherSite(absl::string_view site) {
  return site != "same-origin" && site != "none";
}

}  // namespace

absl::Status CheckSameSite(const HttpRequest& request, bool by_loopback) {
  const std::string* const host = request.Header("host");
  if (by_loopback && host != nullptr && !IsLoopbackName(HostOf(*host))) {
    return Refused(
        "header Host names another host; ask for 127.0.0.1 or localhost");
  }
  const std::string* const site = request.Header("sec-fetch-site");
  const std::string* const mode = request.Header("sec-fetch-mode");
  const bool navigates = request.method == "GET" && mode != nullptr &&
                         absl::EqualsIgnoreCase(*mode, "navigate");
  if (site != nullptr && IsOtherSite(*site) && !navigates) {
    return Refused("another site asks for this");
  }
  const std::string* const origin = request.Header("origin");
  if (origin == nullptr) return absl::OkStatus();
  absl::string_view authority = *origin;
  if (!absl::ConsumePrefix(&authority, "http://") &&
      !absl::ConsumePrefix(&authority, "https://")) {
    return Refused("header Origin names no site");
  }
  if (host == nullptr || !absl::EqualsIgnoreCase(authority, *host)) {
    return Refused("header Origin names another site");
  }
  return absl::OkStatus();
}

}  // namespace heapd::server
