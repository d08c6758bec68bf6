#ifndef HEAPD_SERVER_SERVICE_TRAVERSE_METHOD_H_
#define HEAPD_SERVER_SERVICE_TRAVERSE_METHOD_H_

#include "absl/status/status.h"
#include "heapd/v1/object_service.pb.h"
#include "server/host/heap_call.h"
#include "server/service/object_call.h"

// Traverse of ObjectService; see object_call.h.

namespace heapd::server {

struct TraverseMethod {
  using Request = v1::TraverseRequest;
  using Response = v1::TraverseResponse;
  static constexpr CallClass kClass = CallClass::kRead;
  static absl::Status Check(const Request& request,
                            const MethodContext& context);
  static absl::Status Run(const Request& request, const MethodContext& context,
                          HeapAccess& access, Response* response);
  static bool IsLong(const Request& request);
};

}  // namespace heapd::server

#endif  // HEAPD_SERVER_SERVICE_TRAVERSE_METHOD_H_
