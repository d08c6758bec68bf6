#include "server/service/caller.h"

#include "absl/strings/cord.h"
#include "absl/strings/str_cat.h"
#include "heap/base/error.h"
#include "heap/base/status_macros.h"
#include "server/auth/access_control.h"
#include "server/auth/authenticator.h"
#include "server/base/reasons.h"

namespace heapd::server {
namespace {

constexpr absl::string_view kPermissionUrl = "heapd/permission";
constexpr absl::string_view kHeapUrl = "heapd/heap";

constexpr PermissionSet kSnapshots = {Permission::kSnapshot,
                                      Permission::kSnapshotWithValues,
                                      Permission::kDownload};

}  // namespace

absl::Status Caller::Identify(const grpc::ServerContextBase& context) {
  HEAPD_ASSIGN_OR_RETURN(principal_,
                         core_.security.authenticator->Authenticate(context));
  return absl::OkStatus();
}

absl::Status Caller::Enter(absl::string_view heap,
                           const MethodPermission& method) {
  granted_ = core_.security.access->PermissionsOn(*principal_, heap);
  const bool permitted = method.scope == PermissionScope::kBatch
                             ? granted_.HasAny(method.needed)
                             : granted_.HasAll(method.needed);
  return permitted ? absl::OkStatus() : Refuse(heap, granted_, method.needed);
}

absl::Status Caller::CheckBatch(const v1::Batch& batch) const {
  constexpr PermissionSet kAll = {Permission::kRead, Permission::kMutate};
  // Nearly always, and then the batch need not be looked at.
  if (granted_.HasAll(kAll)) return absl::OkStatus();
  const PermissionSet needed = NeededFor(batch);
  // Enter() passed, so that this caller may know the heap; which it is, the
  // caller said.
  return granted_.HasAll(needed) ? absl::OkStatus()
                                 : Refuse("", granted_, needed);
}

absl::Status Caller::CheckOn(absl::string_view heap,
                             PermissionSet needed) const {
  const PermissionSet granted =
      core_.security.access->PermissionsOn(*principal_, heap);
  return granted.HasAll(needed) ? absl::OkStatus()
                                : Refuse(heap, granted, needed);
}

bool Caller::MayOn(absl::string_view heap, PermissionSet needed) const {
  return core_.security.access->PermissionsOn(*principal_, heap).HasAll(needed);
}

absl::Status Caller::CheckOnAny(PermissionSet needed) const {
  const PermissionSet granted =
      core_.security.access->PermissionsOnAny(*principal_);
  return granted.HasAll(needed) ? absl::OkStatus()
                                : Refuse("", granted, needed);
}

bool Caller::SeesSnapshotsOf(absl::string_view heap) const {
  return core_.security.access->PermissionsOn(*principal_, heap)
      .HasAny(kSnapshots);
}

absl::Status Caller::Refuse(absl::string_view heap, PermissionSet granted,
                            PermissionSet needed) const {
  const absl::string_view missing =
      PermissionName(granted.FirstMissing(needed));
  // Health is of no heap, so it says nothing of this one.
  const bool may_know =
      !heap.empty() && !PermissionSet{Permission::kHealth}.HasAll(granted);
  const std::string where =
      may_know ? absl::StrCat("on heap '", heap, "'") : "here";
  absl::Status status;
  if (principal_->is_anonymous()) {
    status = MakeError(absl::StatusCode::kUnauthenticated,
                       reason::kCredentialsMissing,
                       absl::StrCat("this call brings no credential (metadata "
                                    "'authorization: Bearer TOKEN', or a "
                                    "client certificate), and without one "
                                    "there is no permission '",
                                    missing, "' ", where));
  } else {
    status = MakeError(absl::StatusCode::kPermissionDenied,
                       reason::kPermissionMissing,
                       absl::StrCat(principal_->name, " has no permission '",
                                    missing, "' ", where));
  }
  status.SetPayload(kPermissionUrl, absl::Cord(missing));
  if (may_know) status.SetPayload(kHeapUrl, absl::Cord(heap));
  return status;
}

PermissionSet NeededFor(const v1::Batch& batch) {
  PermissionSet needed;
  for (const int kind : batch.kinds()) {
    const bool reads = kind == v1::OPERATION_KIND_READ_SLOT ||
                       kind == v1::OPERATION_KIND_READ_PAYLOAD;
    needed.Add(reads ? Permission::kRead : Permission::kMutate);
  }
  // One without operations renews its session.
  if (needed.empty()) needed.Add(Permission::kMutate);
  return needed;
}

}  // namespace heapd::server
