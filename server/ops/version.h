#ifndef HEAPD_SERVER_OPS_VERSION_H_
#define HEAPD_SERVER_OPS_VERSION_H_

#include "absl/strings/string_view.h"

namespace heapd::server {

// The version of this build: the project's, as CMake has it.
absl::string_view Version();

}  // namespace heapd::server

#endif  // HEAPD_SERVER_OPS_VERSION_H_
