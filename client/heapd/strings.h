#ifndef HEAPD_CLIENT_HEAPD_STRINGS_H_
#define HEAPD_CLIENT_HEAPD_STRINGS_H_

#include <string_view>

#include "absl/strings/string_view.h"

namespace heapd::client {

// Abseil as Debian builds it has a string_view of its own, which its functions
// take and which does not convert from or to the standard one.
inline absl::string_view Absl(std::string_view text) {
  return absl::string_view(text.data(), text.size());
}
inline std::string_view Std(absl::string_view text) {
  return std::string_view(text.data(), text.size());
}

}  // namespace heapd::client

#endif  // HEAPD_CLIENT_HEAPD_STRINGS_H_
