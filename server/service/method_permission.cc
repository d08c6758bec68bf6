#include "server/service/method_permission.h"

#include <algorithm>
#include <array>

#include "absl/strings/strip.h"
#include "heap/base/check.h"

namespace heapd::server {
namespace {

constexpr auto kHeap = PermissionScope::kHeap;
constexpr auto kBatch = PermissionScope::kBatch;
constexpr auto kSnapshotScope = PermissionScope::kSnapshot;
constexpr auto kAnyHeap = PermissionScope::kAnyHeap;

constexpr PermissionSet kMetrics = {Permission::kMetrics};
constexpr PermissionSet kRead = {Permission::kRead};
constexpr PermissionSet kMutate = {Permission::kMutate};
constexpr PermissionSet kCollect = {Permission::kCollect};
constexpr PermissionSet kSnapshot = {Permission::kSnapshot};
constexpr PermissionSet kDownload = {Permission::kDownload};
constexpr PermissionSet kAdmin = {Permission::kAdmin};
constexpr PermissionSet kReadOrMutate = {Permission::kRead,
                                         Permission::kMutate};
// Who may only take snapshots shall not remove those of others.
constexpr PermissionSet kDeleteSnapshot = {Permission::kSnapshot,
                                           Permission::kAdmin};

constexpr bool kAudited = true;

constexpr auto kRows = std::to_array<MethodPermission>({
    {"HeapService", "CreateHeap", kHeap, kAdmin, kAudited},
    {"HeapService", "GetHeap", kHeap, kRead},
    {"HeapService", "ListHeaps", kAnyHeap, kRead},
    {"HeapService", "UpdateHeap", kHeap, kAdmin, kAudited},
    {"HeapService", "DeleteHeap", kHeap, kAdmin, kAudited},

    {"ObjectService", "OpenSession", kHeap, kMutate},
    {"ObjectService", "RenewSession", kHeap, kMutate},
    {"ObjectService", "CloseSession", kHeap, kMutate},
    {"ObjectService", "PushScope", kHeap, kMutate},
    {"ObjectService", "PopScope", kHeap, kMutate},
    {"ObjectService", "DefineType", kHeap, kMutate},
    {"ObjectService", "ListTypes", kHeap, kRead},
    {"ObjectService", "AllocateObject", kHeap, kMutate},
    {"ObjectService", "AllocateString", kHeap, kMutate},
    {"ObjectService", "ReadObject", kHeap, kRead},
    {"ObjectService", "WriteObject", kHeap, kMutate},
    {"ObjectService", "CopyObject", kHeap, kMutate},
    {"ObjectService", "LinkObject", kHeap, kMutate},
    {"ObjectService", "UnlinkObject", kHeap, kMutate},
    {"ObjectService", "AddSlots", kHeap, kMutate},
    {"ObjectService", "HoldObject", kHeap, kMutate},
    {"ObjectService", "ReleaseObject", kHeap, kMutate},
    {"ObjectService", "RootObject", kHeap, kMutate},
    {"ObjectService", "UnrootObject", kHeap, kMutate},
    {"ObjectService", "GetRoot", kHeap, kRead},
    {"ObjectService", "ListRoots", kHeap, kRead},
    {"ObjectService", "Apply", kBatch, kReadOrMutate},
    {"ObjectService", "Pipeline", kBatch, kReadOrMutate},
    {"ObjectService", "Traverse", kHeap, kRead},

    {"CollectorService", "CollectHeap", kHeap, kCollect},
    {"CollectorService", "GetStats", kHeap, kMetrics},
    {"CollectorService", "WatchCollections", kHeap, kMetrics},
    {"CollectorService", "ExplainObject", kHeap, kRead},
    {"CollectorService", "AnalyzeHeap", kHeap, kRead},
    {"CollectorService", "ListSessions", kHeap, kRead},
    {"CollectorService", "VerifyHeap", kHeap, kCollect},

    // With include_strings it needs snapshot-with-values too.
    {"SnapshotService", "CreateSnapshot", kHeap, kSnapshot, kAudited},
    {"SnapshotService", "GetSnapshot", kSnapshotScope, kSnapshot},
    {"SnapshotService", "ListSnapshots", kAnyHeap, kSnapshot},
    {"SnapshotService", "DeleteSnapshot", kSnapshotScope, kDeleteSnapshot,
     kAudited},
    {"SnapshotService", "CancelSnapshot", kSnapshotScope, kSnapshot, kAudited},
    {"SnapshotService", "WatchSnapshot", kSnapshotScope, kSnapshot},
    // Of one that has contents of strings it needs snapshot-with-values too.
    {"SnapshotService", "DownloadSnapshot", kSnapshotScope, kDownload,
     kAudited},
    {"SnapshotService", "CompareSnapshots", kSnapshotScope, kSnapshot,
     kAudited},
});

}  // namespace

absl::Span<const MethodPermission> MethodPermissions() { return kRows; }

const MethodPermission& MethodPermissionOf(absl::string_view request_type) {
  HEAPD_CHECK(absl::ConsumeSuffix(&request_type, "Request"));
  const auto* const found = std::find_if(
      kRows.begin(), kRows.end(), [request_type](const MethodPermission& row) {
        return row.method == request_type;
      });
  // A method that nobody decided about must not be served.
  HEAPD_CHECK(found != kRows.end());
  return *found;
}

}  // namespace heapd::server
