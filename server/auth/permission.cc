#include "server/auth/permission.h"

#include <array>

#include "heap/base/check.h"

namespace heapd::server {
namespace {

// In the order of the enumerators.
constexpr std::array<absl::string_view, kPermissionCount> kNames = {
    "health",
    "metrics",
    "read",
    "mutate",
    "collect",
    "snapshot",
    "snapshot-with-values",
    "download",
    "admin"};

}  // namespace

absl::string_view PermissionName(Permission permission) {
  return kNames[static_cast<size_t>(permission)];
}

absl::optional<Permission> ParsePermission(absl::string_view name) {
  for (size_t i = 0; i < kNames.size(); ++i) {
    if (kNames[i] == name) return static_cast<Permission>(i);
  }
  return absl::nullopt;
}

Permission PermissionSet::FirstMissing(PermissionSet needed) const {
  for (int i = 0; i < kPermissionCount; ++i) {
    const auto permission = static_cast<Permission>(i);
    if (needed.Has(permission) && !Has(permission)) return permission;
  }
  HEAPD_CHECK(false);
  return Permission::kAdmin;
}

}  // namespace heapd::server
