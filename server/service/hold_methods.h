#ifndef HEAPD_SERVER_SERVICE_HOLD_METHODS_H_
#define HEAPD_SERVER_SERVICE_HOLD_METHODS_H_

#include "absl/status/status.h"
#include "heapd/v1/object_service.pb.h"
#include "server/host/heap_call.h"
#include "server/service/object_call.h"

// What holds objects: sessions and roots, of ObjectService; see object_call.h.

namespace heapd::server {

struct HoldObjectMethod {
  using Request = v1::HoldObjectRequest;
  using Response = v1::HoldObjectResponse;
  static absl::Status Check(const Request& request,
                            const MethodContext& context);
  static absl::Status Run(const Request& request, const MethodContext& context,
                          HeapAccess& access, Response* response);
};

struct ReleaseObjectMethod {
  using Request = v1::ReleaseObjectRequest;
  using Response = v1::ReleaseObjectResponse;
  static constexpr CallClass kClass = CallClass::kRead;
  static absl::Status Check(const Request& request,
                            const MethodContext& context);
  static absl::Status Run(const Request& request, const MethodContext& context,
                          HeapAccess& access, Response* response);
};

struct RootObjectMethod {
  using Request = v1::RootObjectRequest;
  using Response = v1::RootObjectResponse;
  static absl::Status Check(const Request& request,
                            const MethodContext& context);
  static absl::Status Run(const Request& request, const MethodContext& context,
                          HeapAccess& access, Response* response);
};

struct UnrootObjectMethod {
  using Request = v1::UnrootObjectRequest;
  using Response = v1::UnrootObjectResponse;
  static constexpr CallClass kClass = CallClass::kRead;
  static absl::Status Check(const Request& request,
                            const MethodContext& context);
  static absl::Status Run(const Request& request, const MethodContext& context,
                          HeapAccess& access, Response* response);
};

struct GetRootMethod {
  using Request = v1::GetRootRequest;
  using Response = v1::GetRootResponse;
  static constexpr CallClass kClass = CallClass::kRead;
  static absl::Status Check(const Request& request,
                            const MethodContext& context);
  static absl::Status Run(const Request& request, const MethodContext& context,
                          HeapAccess& access, Response* response);
};

struct ListRootsMethod {
  using Request = v1::ListRootsRequest;
  using Response = v1::ListRootsResponse;
  static constexpr CallClass kClass = CallClass::kRead;
  static absl::Status Check(const Request& request,
                            const MethodContext& context);
  static absl::Status Run(const Request& request, const MethodContext& context,
                          HeapAccess& access, Response* response);
};

}  // namespace heapd::server

#endif  // HEAPD_SERVER_SERVICE_HOLD_METHODS_H_
