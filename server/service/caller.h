#ifndef HEAPD_SERVER_SERVICE_CALLER_H_
#define HEAPD_SERVER_SERVICE_CALLER_H_

#include <grpcpp/server_context.h>

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "heapd/v1/batch.pb.h"
#include "server/auth/permission.h"
#include "server/auth/principal.h"
#include "server/service/method_permission.h"
#include "server/service/service_core.h"

namespace heapd::server {

// Who makes a call, and whether the policy permits it.
//
// Refusals are PERMISSION_DENIED (PERMISSION_MISSING) with the name of the
// missing permission, and of the heap only for a caller who may do something
// with it; for a caller without a credential they are UNAUTHENTICATED
// (CREDENTIALS_MISSING), since one could help. They are the same for heaps that
// exist and for others, if nothing is looked up before.
//
// Belongs to one call; single-threaded. The core outlives it.
class Caller {
 public:
  explicit Caller(const ServiceCore& core) : core_(core) {}

  // Finds out who it is; first of all. UNAUTHENTICATED (CREDENTIALS_INVALID).
  // Long streams ask again, for credentials end and are revoked.
  absl::Status Identify(const grpc::ServerContextBase& context);

  const Principal& principal() const { return *principal_; }

  // Whether the caller may call a method of scope kHeap or kBatch with that
  // heap.
  absl::Status Enter(absl::string_view heap, const MethodPermission& method);
  // Then, whether it may do all that is in the batch.
  absl::Status CheckBatch(const v1::Batch& batch) const;

  // Whether it has all of `needed` on a heap ...
  absl::Status CheckOn(absl::string_view heap, PermissionSet needed) const;
  bool MayOn(absl::string_view heap, PermissionSet needed) const;
  // ... or on one or another, each.
  absl::Status CheckOnAny(PermissionSet needed) const;

  // Whether it may know which snapshots of a heap there are.
  bool SeesSnapshotsOf(absl::string_view heap) const;

 private:
  absl::Status Refuse(absl::string_view heap, PermissionSet granted,
                      PermissionSet needed) const;

  const ServiceCore& core_;
  std::shared_ptr<const Principal> principal_;
  // Of the last Enter().
  PermissionSet granted_;
};

// What the operations of a batch ask for: read, mutate or both.
PermissionSet NeededFor(const v1::Batch& batch);

}  // namespace heapd::server

#endif  // HEAPD_SERVER_SERVICE_CALLER_H_
