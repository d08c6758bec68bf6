#ifndef HEAPD_SERVER_AUTH_SMALL_FILE_H_
#define HEAPD_SERVER_AUTH_SMALL_FILE_H_

#include <cstddef>
#include <string>

#include "absl/status/statusor.h"

namespace heapd::server {

// What a file has. INVALID_ARGUMENT, naming the file, when it cannot be read,
// has more than `max_bytes`, or may be written by everybody: what these files
// say decides who gets in.
absl::StatusOr<std::string> ReadSmallFile(const std::string& path,
                                          size_t max_bytes);

}  // namespace heapd::server

#endif  // HEAPD_SERVER_AUTH_SMALL_FILE_H_
