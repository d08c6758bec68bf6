#ifndef HEAPD_SERVER_OPS_CONFIG_VALUE_H_
#define HEAPD_SERVER_OPS_CONFIG_VALUE_H_

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "server/ops/config.h"

namespace heapd::server {

// Reads a size: decimal digits, then nothing (bytes), KiB, MiB, GiB or TiB.
absl::StatusOr<uint64_t> ParseSize(absl::string_view text);

// Writes a size so that ParseSize() reads the same, in the largest unit that
// is exact.
std::string FormatSize(uint64_t bytes);

// Reads "NAME:SHA256": a name of 1 to 64 characters of a-z, A-Z, 0-9, '.',
// '_', '-', and 64 hex digits. The error never repeats the digits.
absl::StatusOr<TokenEntry> ParseTokenEntry(absl::string_view text);

// The words of `known` most like `word`, or "" if none is like it.
absl::string_view ClosestWord(absl::string_view word,
                              const std::vector<absl::string_view>& known);

}  // namespace heapd::server

#endif  // HEAPD_SERVER_OPS_CONFIG_VALUE_H_
