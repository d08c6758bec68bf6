#ifndef HEAPD_SERVER_SERVICE_TYPE_METHODS_H_
#define HEAPD_SERVER_SERVICE_TYPE_METHODS_H_

#include "absl/status/status.h"
#include "heapd/v1/object_service.pb.h"
#include "server/host/heap_call.h"
#include "server/service/object_call.h"

// Types of ObjectService; see object_call.h.

namespace heapd::server {

struct DefineTypeMethod {
  using Request = v1::DefineTypeRequest;
  using Response = v1::DefineTypeResponse;
  static absl::Status Check(const Request& request,
                            const MethodContext& context);
  static absl::Status Run(const Request& request, const MethodContext& context,
                          HeapAccess& access, Response* response);
};

struct ListTypesMethod {
  using Request = v1::ListTypesRequest;
  using Response = v1::ListTypesResponse;
  static constexpr CallClass kClass = CallClass::kRead;
  static absl::Status Check(const Request& request,
                            const MethodContext& context);
  static absl::Status Run(const Request& request, const MethodContext& context,
                          HeapAccess& access, Response* response);
};

}  // namespace heapd::server

#endif  // HEAPD_SERVER_SERVICE_TYPE_METHODS_H_
