#ifndef HEAPD_SERVER_OPS_DESTINATION_ENTRY_H_
#define HEAPD_SERVER_OPS_DESTINATION_ENTRY_H_

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace heapd::server {

// A place that snapshots can be stored at, as an operator names it. Never holds
// a credential: those come from the environment, files and services that AWS's
// own tools use. A value.
struct DestinationEntry {
  std::string name;
  std::string kind;  // "directory" or "s3"

  std::string directory;  // of kind directory: an absolute path

  // Of kind s3.
  std::string bucket;
  std::string prefix;               // "" or "some/path/"
  std::string region;               // required without endpoint
  std::string endpoint;             // http(s)://HOST[:PORT]; empty for AWS
  std::string addressing = "auto";  // auto, path, virtual
  std::string ca_file;
  std::string encryption = "none";  // none, AES256, aws:kms
  std::string kms_key_id;
  std::string profile;
  uint64_t part_size = uint64_t{8} << 20;
  bool allow_plaintext = false;

  friend bool operator==(const DestinationEntry&,
                         const DestinationEntry&) = default;
};

// Reads one from a YAML map, such as "{name: a, kind: s3, bucket: b}".
// INVALID_ARGUMENT says what is wrong with which key.
absl::StatusOr<DestinationEntry> ParseDestinationEntry(absl::string_view text);

// Writes a map, in one line, that ParseDestinationEntry() reads as the same.
std::string FormatDestinationEntry(const DestinationEntry& entry);

}  // namespace heapd::server

#endif  // HEAPD_SERVER_OPS_DESTINATION_ENTRY_H_
