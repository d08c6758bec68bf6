#include "server/auth/base64url.h"

#include "absl/strings/escaping.h"

namespace heapd::server {

std::optional<std::string> DecodeBase64Url(absl::string_view text) {
  std::string bytes;
  // Abseil also takes padding and white space and does not look at the bits
  // that are left over; writing the bytes again shows all of these.
  if (!absl::WebSafeBase64Unescape(text, &bytes) ||
      absl::WebSafeBase64Escape(bytes) != text) {
    return std::nullopt;
  }
  return bytes;
}

}  // namespace heapd::server
