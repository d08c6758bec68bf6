#include "server/storage/blob_store.h"

#include <algorithm>

#include "absl/strings/ascii.h"

namespace heapd::server {

bool IsBlobName(absl::string_view name) {
  return !name.empty() && name.size() <= 200 && name.front() != '.' &&
         std::all_of(name.begin(), name.end(), [](unsigned char c) {
           return absl::ascii_isalnum(c) || c == '-' || c == '.' || c == '_';
         });
}

}  // namespace heapd::server
