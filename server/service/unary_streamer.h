#ifndef HEAPD_SERVER_SERVICE_UNARY_STREAMER_H_
#define HEAPD_SERVER_SERVICE_UNARY_STREAMER_H_

#include <grpcpp/support/sync_stream.h>

#include "absl/status/status.h"
#include "server/service/raw_message.h"
#include "server/service/status.h"

namespace heapd::server {

// A unary call of a synchronous service that reads its request itself
// ("streamed unary" in gRPC): what is no message is then answered with a clear
// error, while gRPC's own has no text.
template <typename Request, typename Response>
using UnaryStreamer = grpc::ServerUnaryStreamer<Request, Response>;

// Serves one such call: `method(request, &response)` gives an absl::Status.
// `admitted` is what was found out before the request is read.
template <typename Request, typename Response, typename Method>
grpc::Status ServeUnary(const absl::Status& admitted,
                        UnaryStreamer<Request, Response>* call, Method method) {
  if (!admitted.ok()) return ToGrpcStatus(admitted);
  Request request;
  if (!call->Read(&request)) return ToGrpcStatus(Unreadable());
  Response response;
  const absl::Status status = method(request, &response);
  if (!status.ok()) return ToGrpcStatus(status);
  // False when the caller has gone, who then needs no answer.
  call->Write(response);
  return grpc::Status::OK;
}

}  // namespace heapd::server

#endif  // HEAPD_SERVER_SERVICE_UNARY_STREAMER_H_
