#ifndef HEAPD_SERVER_SERVICE_APPLY_METHOD_H_
#define HEAPD_SERVER_SERVICE_APPLY_METHOD_H_

#include "absl/status/status.h"
#include "heapd/v1/object_service.pb.h"
#include "server/host/heap_call.h"
#include "server/service/object_call.h"

namespace heapd::server {

// Apply of ObjectService; see object_call.h.
struct ApplyMethod {
  using Request = v1::ApplyRequest;
  using Response = v1::ApplyResponse;
  // Of the pools: batches come often and are large.
  class Messages {
   public:
    explicit Messages(const ServiceCore& core)
        : request_(&core.batch_messages->requests),
          response_(&core.batch_messages->responses) {}
    Request& request() { return *request_; }
    Response& response() { return *response_; }

   private:
    PooledMessage<Request> request_;
    PooledMessage<Response> response_;
  };
  static absl::Status Check(const Request& request,
                            const MethodContext& context);
  static absl::Status Run(const Request& request, const MethodContext& context,
                          HeapAccess& access, Response* response);
};

}  // namespace heapd::server

#endif  // HEAPD_SERVER_SERVICE_APPLY_METHOD_H_
