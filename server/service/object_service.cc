#include "server/service/object_service.h"

#include "server/service/apply_method.h"
#include "server/service/hold_methods.h"
#include "server/service/object_call.h"
#include "server/service/object_methods.h"
#include "server/service/pipeline.h"
#include "server/service/session_methods.h"
#include "server/service/traverse_method.h"
#include "server/service/type_methods.h"

namespace heapd::server {

using grpc::ByteBuffer;
using grpc::CallbackServerContext;
using grpc::ServerUnaryReactor;

ServerUnaryReactor* ObjectService::OpenSession(CallbackServerContext* context,
                                               const ByteBuffer* request,
                                               ByteBuffer* response) {
  return ObjectCall<OpenSessionMethod>::Start(core_, context, request,
                                              response);
}

ServerUnaryReactor* ObjectService::RenewSession(CallbackServerContext* context,
                                                const ByteBuffer* request,
                                                ByteBuffer* response) {
  return ObjectCall<RenewSessionMethod>::Start(core_, context, request,
                                               response);
}

ServerUnaryReactor* ObjectService::CloseSession(CallbackServerContext* context,
                                                const ByteBuffer* request,
                                                ByteBuffer* response) {
  return ObjectCall<CloseSessionMethod>::Start(core_, context, request,
                                               response);
}

ServerUnaryReactor* ObjectService::PushScope(CallbackServerContext* context,
                                             const ByteBuffer* request,
                                             ByteBuffer* response) {
  return ObjectCall<PushScopeMethod>::Start(core_, context, request, response);
}

ServerUnaryReactor* ObjectService::PopScope(CallbackServerContext* context,
                                            const ByteBuffer* request,
                                            ByteBuffer* response) {
  return ObjectCall<PopScopeMethod>::Start(core_, context, request, response);
}

ServerUnaryReactor* ObjectService::DefineType(CallbackServerContext* context,
                                              const ByteBuffer* request,
                                              ByteBuffer* response) {
  return ObjectCall<DefineTypeMethod>::Start(core_, context, request, response);
}

ServerUnaryReactor* ObjectService::ListTypes(CallbackServerContext* context,
                                             const ByteBuffer* request,
                                             ByteBuffer* response) {
  return ObjectCall<ListTypesMethod>::Start(core_, context, request, response);
}

ServerUnaryReactor* ObjectService::AllocateObject(
    CallbackServerContext* context, const ByteBuffer* request,
    ByteBuffer* response) {
  return ObjectCall<AllocateObjectMethod>::Start(core_, context, request,
                                                 response);
}

ServerUnaryReactor* ObjectService::AllocateString(
    CallbackServerContext* context, const ByteBuffer* request,
    ByteBuffer* response) {
  return ObjectCall<AllocateStringMethod>::Start(core_, context, request,
                                                 response);
}

ServerUnaryReactor* ObjectService::ReadObject(CallbackServerContext* context,
                                              const ByteBuffer* request,
                                              ByteBuffer* response) {
  return ObjectCall<ReadObjectMethod>::Start(core_, context, request, response);
}

ServerUnaryReactor* ObjectService::WriteObject(CallbackServerContext* context,
                                               const ByteBuffer* request,
                                               ByteBuffer* response) {
  return ObjectCall<WriteObjectMethod>::Start(core_, context, request,
                                              response);
}

ServerUnaryReactor* ObjectService::CopyObject(CallbackServerContext* context,
                                              const ByteBuffer* request,
                                              ByteBuffer* response) {
  return ObjectCall<CopyObjectMethod>::Start(core_, context, request, response);
}

ServerUnaryReactor* ObjectService::LinkObject(CallbackServerContext* context,
                                              const ByteBuffer* request,
                                              ByteBuffer* response) {
  return ObjectCall<LinkObjectMethod>::Start(core_, context, request, response);
}

ServerUnaryReactor* ObjectService::UnlinkObject(CallbackServerContext* context,
                                                const ByteBuffer* request,
                                                ByteBuffer* response) {
  return ObjectCall<UnlinkObjectMethod>::Start(core_, context, request,
                                               response);
}

ServerUnaryReactor* ObjectService::AddSlots(CallbackServerContext* context,
                                            const ByteBuffer* request,
                                            ByteBuffer* response) {
  return ObjectCall<AddSlotsMethod>::Start(core_, context, request, response);
}

ServerUnaryReactor* ObjectService::HoldObject(CallbackServerContext* context,
                                              const ByteBuffer* request,
                                              ByteBuffer* response) {
  return ObjectCall<HoldObjectMethod>::Start(core_, context, request, response);
}

ServerUnaryReactor* ObjectService::ReleaseObject(CallbackServerContext* context,
                                                 const ByteBuffer* request,
                                                 ByteBuffer* response) {
  return ObjectCall<ReleaseObjectMethod>::Start(core_, context, request,
                                                response);
}

ServerUnaryReactor* ObjectService::RootObject(CallbackServerContext* context,
                                              const ByteBuffer* request,
                                              ByteBuffer* response) {
  return ObjectCall<RootObjectMethod>::Start(core_, context, request, response);
}

ServerUnaryReactor* ObjectService::UnrootObject(CallbackServerContext* context,
                                                const ByteBuffer* request,
                                                ByteBuffer* response) {
  return ObjectCall<UnrootObjectMethod>::Start(core_, context, request,
                                               response);
}

ServerUnaryReactor* ObjectService::GetRoot(CallbackServerContext* context,
                                           const ByteBuffer* request,
                                           ByteBuffer* response) {
  return ObjectCall<GetRootMethod>::Start(core_, context, request, response);
}

ServerUnaryReactor* ObjectService::ListRoots(CallbackServerContext* context,
                                             const ByteBuffer* request,
                                             ByteBuffer* response) {
  return ObjectCall<ListRootsMethod>::Start(core_, context, request, response);
}

ServerUnaryReactor* ObjectService::Apply(CallbackServerContext* context,
                                         const ByteBuffer* request,
                                         ByteBuffer* response) {
  return ObjectCall<ApplyMethod>::Start(core_, context, request, response);
}

grpc::ServerBidiReactor<ByteBuffer, ByteBuffer>* ObjectService::Pipeline(
    CallbackServerContext* context) {
  return server::Pipeline::Start(core_, context);
}

ServerUnaryReactor* ObjectService::Traverse(CallbackServerContext* context,
                                            const ByteBuffer* request,
                                            ByteBuffer* response) {
  return ObjectCall<TraverseMethod>::Start(core_, context, request, response);
}

}  // namespace heapd::server
