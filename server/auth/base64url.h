#ifndef HEAPD_SERVER_AUTH_BASE64URL_H_
#define HEAPD_SERVER_AUTH_BASE64URL_H_

#include <optional>
#include <string>

#include "absl/strings/string_view.h"

namespace heapd::server {

// Decodes base64url without padding, as JSON web signatures use it (RFC 7515,
// section 2). Nothing unless `text` is the one way to write these bytes: no
// padding, no white space, no stray bits at the end.
std::optional<std::string> DecodeBase64Url(absl::string_view text);

}  // namespace heapd::server

#endif  // HEAPD_SERVER_AUTH_BASE64URL_H_
