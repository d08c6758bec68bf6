#include "server/service/check.h"

#include "heap/base/error.h"
#include "heap/base/limits.h"

namespace heapd::server {
namespace {

constexpr size_t kMaxLabelBytes = 256;

}  // namespace

absl::Status CheckSession(uint64_t session) {
  if (session == 0) return InvalidField("session", "is required");
  return absl::OkStatus();
}

absl::Status CheckName(absl::string_view name, absl::string_view field) {
  if (name.empty()) return InvalidField(field, "is required");
  if (name.size() > kMaxNameBytes) {
    return InvalidField(field, "at most 1,024 bytes");
  }
  return absl::OkStatus();
}

absl::Status CheckLabel(absl::string_view label) {
  if (label.size() > kMaxLabelBytes) {
    return InvalidField("label", "at most 256 bytes");
  }
  return absl::OkStatus();
}

}  // namespace heapd::server
