#ifndef HEAPD_SERVER_SERVICE_CHECK_H_
#define HEAPD_SERVER_SERVICE_CHECK_H_

#include <cstdint>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace heapd::server {

// Checks of single fields. INVALID_ARGUMENT (INVALID_FIELD) names the field.

// Required, never 0.
absl::Status CheckSession(uint64_t session);
// 1 to 1,024 bytes.
absl::Status CheckName(absl::string_view name, absl::string_view field);
// At most 256 bytes.
absl::Status CheckLabel(absl::string_view label);

}  // namespace heapd::server

#endif  // HEAPD_SERVER_SERVICE_CHECK_H_
