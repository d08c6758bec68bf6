#ifndef HEAPD_SERVER_AUTH_PRINTABLE_H_
#define HEAPD_SERVER_AUTH_PRINTABLE_H_

#include <cstddef>

#include "absl/strings/string_view.h"

namespace heapd::server {

// Longest name of a caller or a group, in bytes.
inline constexpr size_t kMaxNameBytes = 256;

// Whether `text` can be a part of a name that is logged, shown and compared:
// 1 to kMaxNameBytes bytes of UTF-8 without control characters, and without
// white space at its ends, which no eye would see.
bool IsPrintableName(absl::string_view text);

}  // namespace heapd::server

#endif  // HEAPD_SERVER_AUTH_PRINTABLE_H_
