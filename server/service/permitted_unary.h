#ifndef HEAPD_SERVER_SERVICE_PERMITTED_UNARY_H_
#define HEAPD_SERVER_SERVICE_PERMITTED_UNARY_H_

#include <grpcpp/server_context.h>

#include "absl/status/status.h"
#include "heap/base/status_macros.h"
#include "server/service/audited_call.h"
#include "server/service/call_meter.h"
#include "server/service/caller.h"
#include "server/service/method_permission.h"
#include "server/service/plane_gate.h"
#include "server/service/service_core.h"
#include "server/service/unary_streamer.h"

namespace heapd::server {

// What a caller passes before the request is read: who it is, the gate, and
// whether it has the permissions of the method on any heap at all.
template <typename Request>
absl::Status AdmitCaller(const ServiceCore& core, PlaneGate& gate,
                         const grpc::ServerContext& context,
                         PlaneGate::Tickets* tickets, Caller* caller) {
  const MethodPermission& method = PermissionOf<Request>();
  HEAPD_RETURN_IF_ERROR(caller->Identify(context));
  HEAPD_RETURN_IF_ERROR(gate.Admit(tickets));
  const absl::Status permitted = caller->CheckOnAny(method.needed);
  if (permitted.ok()) return permitted;
  return AuditedCall(core, *caller, context, method).Refuse({}, permitted);
}

// Serves a call of a method whose scope is no one heap:
// `method(caller, request, &response)` looks at the rest.
template <typename Request, typename Response, typename Method>
grpc::Status ServePermitted(const ServiceCore& core, PlaneGate& gate,
                            const grpc::ServerContext& context,
                            UnaryStreamer<Request, Response>* call,
                            Method method) {
  const MeteredCall metered(core.meter, PermissionOf<Request>());
  Caller caller(core);
  PlaneGate::Tickets tickets;
  const absl::Status admitted =
      AdmitCaller<Request>(core, gate, context, &tickets, &caller);
  return metered.End(ServeUnary(
      admitted, call, [&](const Request& request, Response* response) {
        return method(caller, request, response);
      }));
}

// Serves a call of a method of scope kHeap with `method(request, &response)`,
// for a caller who may, and writes it into the audit log if the method is
// audited.
template <typename Request, typename Response, typename Method>
grpc::Status ServeOnHeap(const ServiceCore& core, PlaneGate& gate,
                         const grpc::ServerContext& context,
                         UnaryStreamer<Request, Response>* call,
                         Method method) {
  return ServePermitted(core, gate, context, call,
                        [&](Caller& caller, const Request& request,
                            Response* response) -> absl::Status {
                          const MethodPermission& row = PermissionOf<Request>();
                          AuditedCall audit(core, caller, context, row);
                          AuditedCall::Subject subject;
                          subject.heap = request.heap();
                          const absl::Status permitted =
                              caller.Enter(request.heap(), row);
                          if (!permitted.ok())
                            return audit.Refuse(subject, permitted);
                          HEAPD_RETURN_IF_ERROR(audit.Begin(subject));
                          return audit.End(method(request, response));
                        });
}

}  // namespace heapd::server

#endif  // HEAPD_SERVER_SERVICE_PERMITTED_UNARY_H_
