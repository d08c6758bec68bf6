#ifndef HEAPD_SERVER_SERVICE_SESSION_METHODS_H_
#define HEAPD_SERVER_SERVICE_SESSION_METHODS_H_

#include "absl/status/status.h"
#include "heapd/v1/object_service.pb.h"
#include "server/host/heap_call.h"
#include "server/service/object_call.h"

// Sessions and scopes of ObjectService; see object_call.h.

namespace heapd::server {

struct OpenSessionMethod {
  using Request = v1::OpenSessionRequest;
  using Response = v1::OpenSessionResponse;
  static absl::Status Check(const Request& request,
                            const MethodContext& context);
  static absl::Status Run(const Request& request, const MethodContext& context,
                          HeapAccess& access, Response* response);
};

struct RenewSessionMethod {
  using Request = v1::RenewSessionRequest;
  using Response = v1::RenewSessionResponse;
  static constexpr CallClass kClass = CallClass::kAdminister;
  static absl::Status Check(const Request& request,
                            const MethodContext& context);
  static absl::Status Run(const Request& request, const MethodContext& context,
                          HeapAccess& access, Response* response);
};

struct CloseSessionMethod {
  using Request = v1::CloseSessionRequest;
  using Response = v1::CloseSessionResponse;
  static constexpr CallClass kClass = CallClass::kAdminister;
  static absl::Status Check(const Request& request,
                            const MethodContext& context);
  static absl::Status Run(const Request& request, const MethodContext& context,
                          HeapAccess& access, Response* response);
};

struct PushScopeMethod {
  using Request = v1::PushScopeRequest;
  using Response = v1::PushScopeResponse;
  static absl::Status Check(const Request& request,
                            const MethodContext& context);
  static absl::Status Run(const Request& request, const MethodContext& context,
                          HeapAccess& access, Response* response);
};

struct PopScopeMethod {
  using Request = v1::PopScopeRequest;
  using Response = v1::PopScopeResponse;
  static constexpr CallClass kClass = CallClass::kRead;
  static absl::Status Check(const Request& request,
                            const MethodContext& context);
  static absl::Status Run(const Request& request, const MethodContext& context,
                          HeapAccess& access, Response* response);
};

}  // namespace heapd::server

#endif  // HEAPD_SERVER_SERVICE_SESSION_METHODS_H_
