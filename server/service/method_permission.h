#ifndef HEAPD_SERVER_SERVICE_METHOD_PERMISSION_H_
#define HEAPD_SERVER_SERVICE_METHOD_PERMISSION_H_

#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "server/auth/permission.h"

namespace heapd::server {

// Where a caller has to have the permissions of a method.
enum class PermissionScope {
  kHeap,      // on the heap that the request names, whether it exists or not
  kBatch,     // there too, by what the operations of the request's batch do
  kSnapshot,  // on the heap of each snapshot that the request names
  kAnyHeap,   // on one heap or another; the answer shows only those heaps
};

// What a caller needs for a method.
struct MethodPermission {
  absl::string_view service;
  absl::string_view method;
  PermissionScope scope;
  // All of these; of a batch, those that its operations ask for.
  PermissionSet needed;
  // Whether the audit log has its calls.
  bool audited = false;
};

// One row for each method of heapd.v1: the only place that says who may call
// what.
absl::Span<const MethodPermission> MethodPermissions();

// The row of the method with that request, "ReadObjectRequest". REQUIRES: there
// is one.
const MethodPermission& MethodPermissionOf(absl::string_view request_type);

// The same by the message. Looks it up once.
template <typename Request>
const MethodPermission& PermissionOf() {
  static const MethodPermission& row =
      MethodPermissionOf(Request::descriptor()->name());
  return row;
}

}  // namespace heapd::server

#endif  // HEAPD_SERVER_SERVICE_METHOD_PERMISSION_H_
