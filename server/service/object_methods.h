#ifndef HEAPD_SERVER_SERVICE_OBJECT_METHODS_H_
#define HEAPD_SERVER_SERVICE_OBJECT_METHODS_H_

#include "absl/status/status.h"
#include "heapd/v1/object_service.pb.h"
#include "server/host/heap_call.h"
#include "server/service/object_call.h"

// Objects and their links, of ObjectService; see object_call.h.

namespace heapd::server {

struct AllocateObjectMethod {
  using Request = v1::AllocateObjectRequest;
  using Response = v1::AllocateObjectResponse;
  static absl::Status Check(const Request& request,
                            const MethodContext& context);
  static absl::Status Run(const Request& request, const MethodContext& context,
                          HeapAccess& access, Response* response);
};

struct AllocateStringMethod {
  using Request = v1::AllocateStringRequest;
  using Response = v1::AllocateStringResponse;
  static absl::Status Check(const Request& request,
                            const MethodContext& context);
  static absl::Status Run(const Request& request, const MethodContext& context,
                          HeapAccess& access, Response* response);
};

struct ReadObjectMethod {
  using Request = v1::ReadObjectRequest;
  using Response = v1::ReadObjectResponse;
  static constexpr CallClass kClass = CallClass::kRead;
  static absl::Status Check(const Request& request,
                            const MethodContext& context);
  static absl::Status Run(const Request& request, const MethodContext& context,
                          HeapAccess& access, Response* response);
};

struct WriteObjectMethod {
  using Request = v1::WriteObjectRequest;
  using Response = v1::WriteObjectResponse;
  static absl::Status Check(const Request& request,
                            const MethodContext& context);
  static absl::Status Run(const Request& request, const MethodContext& context,
                          HeapAccess& access, Response* response);
};

struct CopyObjectMethod {
  using Request = v1::CopyObjectRequest;
  using Response = v1::CopyObjectResponse;
  static absl::Status Check(const Request& request,
                            const MethodContext& context);
  static absl::Status Run(const Request& request, const MethodContext& context,
                          HeapAccess& access, Response* response);
  static bool IsLong(const Request& request);
};

struct LinkObjectMethod {
  using Request = v1::LinkObjectRequest;
  using Response = v1::LinkObjectResponse;
  static absl::Status Check(const Request& request,
                            const MethodContext& context);
  static absl::Status Run(const Request& request, const MethodContext& context,
                          HeapAccess& access, Response* response);
};

struct UnlinkObjectMethod {
  using Request = v1::UnlinkObjectRequest;
  using Response = v1::UnlinkObjectResponse;
  static constexpr CallClass kClass = CallClass::kRead;
  static absl::Status Check(const Request& request,
                            const MethodContext& context);
  static absl::Status Run(const Request& request, const MethodContext& context,
                          HeapAccess& access, Response* response);
};

struct AddSlotsMethod {
  using Request = v1::AddSlotsRequest;
  using Response = v1::AddSlotsResponse;
  static absl::Status Check(const Request& request,
                            const MethodContext& context);
  static absl::Status Run(const Request& request, const MethodContext& context,
                          HeapAccess& access, Response* response);
};

}  // namespace heapd::server

#endif  // HEAPD_SERVER_SERVICE_OBJECT_METHODS_H_
