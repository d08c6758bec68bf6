#include "server/ops/version.h"

namespace heapd::server {

absl::string_view Version() { return HEAPD_VERSION; }

}  // namespace heapd::server
