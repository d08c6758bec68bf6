#ifndef HEAPD_SERVER_AUTH_PERMISSION_H_
#define HEAPD_SERVER_AUTH_PERMISSION_H_

#include <cstdint>
#include <initializer_list>

#include "absl/strings/string_view.h"
#include "absl/types/optional.h"

namespace heapd::server {

// What a caller may do, with a heap or (health, metrics) with the daemon.
enum class Permission : uint8_t {
  kHealth,              // ask the planes for their health
  kMetrics,             // statistics and collections as they end
  kRead,                // objects, roots, types, and the heap's figures
  kMutate,              // sessions, and everything that changes objects
  kCollect,             // collections and checks of the whole heap
  kSnapshot,            // take, list and compare snapshots
  kSnapshotWithValues,  // with contents of strings
  kDownload,            // fetch the files of snapshots
  kAdmin,               // make, change and delete heaps; delete snapshots
};
inline constexpr int kPermissionCount = 9;

// The word of a policy file: "snapshot-with-values".
absl::string_view PermissionName(Permission permission);
// Nothing for what is none of the words.
absl::optional<Permission> ParsePermission(absl::string_view name);

// Some of the permissions. A value.
class PermissionSet {
 public:
  constexpr PermissionSet() = default;
  constexpr PermissionSet(std::initializer_list<Permission> permissions) {
    for (const Permission permission : permissions) Add(permission);
  }
  static constexpr PermissionSet All() {
    PermissionSet all;
    all.bits_ = (1u << kPermissionCount) - 1;
    return all;
  }

  constexpr void Add(Permission permission) {
    bits_ = static_cast<uint16_t>(bits_ | Bit(permission));
  }
  constexpr void Add(PermissionSet others) {
    bits_ = static_cast<uint16_t>(bits_ | others.bits_);
  }
  constexpr bool Has(Permission permission) const {
    return (bits_ & Bit(permission)) != 0;
  }
  constexpr bool HasAll(PermissionSet others) const {
    return (others.bits_ & ~bits_) == 0;
  }
  constexpr bool HasAny(PermissionSet others) const {
    return (others.bits_ & bits_) != 0;
  }
  constexpr bool empty() const { return bits_ == 0; }

  // The first of `needed` that is not here. REQUIRES: !HasAll(needed).
  Permission FirstMissing(PermissionSet needed) const;

  friend constexpr bool operator==(PermissionSet, PermissionSet) = default;

 private:
  static constexpr uint16_t Bit(Permission permission) {
    return static_cast<uint16_t>(1u << static_cast<int>(permission));
  }

  uint16_t bits_ = 0;
};

}  // namespace heapd::server

#endif  // HEAPD_SERVER_AUTH_PERMISSION_H_
