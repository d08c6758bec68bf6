#ifndef HEAPD_SERVER_AUTH_PRINCIPAL_H_
#define HEAPD_SERVER_AUTH_PRINCIPAL_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace heapd::server {

// The name of whoever brings no credential.
inline constexpr absl::string_view kAnonymousName = "anonymous";

// Who makes a call, as the credential that came with it says. What the caller
// may do is decided elsewhere. A value; thread-compatible.
struct Principal {
  // One of
  //   token:NAME      a bearer token, by the name it has in the configuration
  //   jwt:SUB         a JSON web token, by its claim `sub`
  //   cert:SUBJECT    a client certificate: its first URI name, else its first
  //                   DNS name, else its common name
  //   anonymous       no credential
  // so that names of different kinds never meet. At most 300 bytes of
  // printable UTF-8. Shown in logs, in snapshots and in the audit log.
  std::string name;
  // The claim `groups` of a JSON web token, or the organizational units of a
  // certificate; otherwise empty.
  std::vector<std::string> groups = {};

  bool is_anonymous() const { return name == kAnonymousName; }
};

}  // namespace heapd::server

#endif  // HEAPD_SERVER_AUTH_PRINCIPAL_H_
