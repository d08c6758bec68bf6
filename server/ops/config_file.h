#ifndef HEAPD_SERVER_OPS_CONFIG_FILE_H_
#define HEAPD_SERVER_OPS_CONFIG_FILE_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "server/ops/config.h"

namespace heapd::server {

// Reads a YAML file of sections with keys (config_schema.h) into `config`;
// keys that the file leaves out keep their value. At most 1 MiB.
// Errors name the file, the line and the key, for example
//   config.yaml:7: unknown key 'lisen', did you mean 'listen'?
absl::Status ReadConfigFile(const std::string& path, Config& config);

// The entries of a YAML list of {name: NAME, sha256: DIGITS}. Refuses a file
// that everybody may write.
absl::StatusOr<std::vector<TokenEntry>> ReadTokensFile(const std::string& path);

}  // namespace heapd::server

#endif  // HEAPD_SERVER_OPS_CONFIG_FILE_H_
