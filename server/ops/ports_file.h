#ifndef HEAPD_SERVER_OPS_PORTS_FILE_H_
#define HEAPD_SERVER_OPS_PORTS_FILE_H_

#include <map>
#include <string>
#include <vector>

#include "absl/status/status.h"

namespace heapd::server {

// Writes {"data": ["127.0.0.1:7700"], ...} to `path`: whole or not at all, with
// mode 0600.
absl::Status WritePortsFile(
    const std::string& path,
    const std::map<std::string, std::vector<std::string>>& addresses);

}  // namespace heapd::server

#endif  // HEAPD_SERVER_OPS_PORTS_FILE_H_
