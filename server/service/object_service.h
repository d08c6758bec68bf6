#ifndef HEAPD_SERVER_SERVICE_OBJECT_SERVICE_H_
#define HEAPD_SERVER_SERVICE_OBJECT_SERVICE_H_

#include <grpcpp/server_context.h>
#include <grpcpp/support/byte_buffer.h>
#include <grpcpp/support/server_callback.h>

#include "heapd/v1/object_service.grpc.pb.h"
#include "server/service/service_core.h"

namespace heapd::server {
namespace raw_object_service {

// The generated service with every method taking and giving bytes
// (raw_message.h says why).
using Base = v1::ObjectService;
using Sessions = Base::WithRawCallbackMethod_OpenSession<
    Base::WithRawCallbackMethod_RenewSession<
        Base::WithRawCallbackMethod_CloseSession<
            Base::WithRawCallbackMethod_PushScope<
                Base::WithRawCallbackMethod_PopScope<Base::Service>>>>>;
using Types = Base::WithRawCallbackMethod_DefineType<
    Base::WithRawCallbackMethod_ListTypes<Sessions>>;
using Objects = Base::WithRawCallbackMethod_AllocateObject<
    Base::WithRawCallbackMethod_AllocateString<
        Base::WithRawCallbackMethod_ReadObject<
            Base::WithRawCallbackMethod_WriteObject<
                Base::WithRawCallbackMethod_CopyObject<
                    Base::WithRawCallbackMethod_LinkObject<
                        Base::WithRawCallbackMethod_UnlinkObject<
                            Base::WithRawCallbackMethod_AddSlots<Types>>>>>>>>;
using Holds = Base::WithRawCallbackMethod_HoldObject<
    Base::WithRawCallbackMethod_ReleaseObject<
        Base::WithRawCallbackMethod_RootObject<
            Base::WithRawCallbackMethod_UnrootObject<
                Base::WithRawCallbackMethod_GetRoot<
                    Base::WithRawCallbackMethod_ListRoots<Objects>>>>>>;
using Whole =
    Base::WithRawCallbackMethod_Apply<Base::WithRawCallbackMethod_Pipeline<
        Base::WithRawCallbackMethod_Traverse<Holds>>>;

}  // namespace raw_object_service

// The data plane, on gRPC's callback API: no method waits for anything. Each is
// a struct in a *_method.h file; this only binds them to their names.
// Thread-safe. The core outlives the service.
class ObjectService final : public raw_object_service::Whole {
 public:
  explicit ObjectService(const ServiceCore* core) : core_(*core) {}

  grpc::ServerUnaryReactor* OpenSession(grpc::CallbackServerContext* context,
                                        const grpc::ByteBuffer* request,
                                        grpc::ByteBuffer* response) override;
  grpc::ServerUnaryReactor* RenewSession(grpc::CallbackServerContext* context,
                                         const grpc::ByteBuffer* request,
                                         grpc::ByteBuffer* response) override;
  grpc::ServerUnaryReactor* CloseSession(grpc::CallbackServerContext* context,
                                         const grpc::ByteBuffer* request,
                                         grpc::ByteBuffer* response) override;
  grpc::ServerUnaryReactor* PushScope(grpc::CallbackServerContext* context,
                                      const grpc::ByteBuffer* request,
                                      grpc::ByteBuffer* response) override;
  grpc::ServerUnaryReactor* PopScope(grpc::CallbackServerContext* context,
                                     const grpc::ByteBuffer* request,
                                     grpc::ByteBuffer* response) override;
  grpc::ServerUnaryReactor* DefineType(grpc::CallbackServerContext* context,
                                       const grpc::ByteBuffer* request,
                                       grpc::ByteBuffer* response) override;
  grpc::ServerUnaryReactor* ListTypes(grpc::CallbackServerContext* context,
                                      const grpc::ByteBuffer* request,
                                      grpc::ByteBuffer* response) override;
  grpc::ServerUnaryReactor* AllocateObject(grpc::CallbackServerContext* context,
                                           const grpc::ByteBuffer* request,
                                           grpc::ByteBuffer* response) override;
  grpc::ServerUnaryReactor* AllocateString(grpc::CallbackServerContext* context,
                                           const grpc::ByteBuffer* request,
                                           grpc::ByteBuffer* response) override;
  grpc::ServerUnaryReactor* ReadObject(grpc::CallbackServerContext* context,
                                       const grpc::ByteBuffer* request,
                                       grpc::ByteBuffer* response) override;
  grpc::ServerUnaryReactor* WriteObject(grpc::CallbackServerContext* context,
                                        const grpc::ByteBuffer* request,
                                        grpc::ByteBuffer* response) override;
  grpc::ServerUnaryReactor* CopyObject(grpc::CallbackServerContext* context,
                                       const grpc::ByteBuffer* request,
                                       grpc::ByteBuffer* response) override;
  grpc::ServerUnaryReactor* LinkObject(grpc::CallbackServerContext* context,
                                       const grpc::ByteBuffer* request,
                                       grpc::ByteBuffer* response) override;
  grpc::ServerUnaryReactor* UnlinkObject(grpc::CallbackServerContext* context,
                                         const grpc::ByteBuffer* request,
                                         grpc::ByteBuffer* response) override;
  grpc::ServerUnaryReactor* AddSlots(grpc::CallbackServerContext* context,
                                     const grpc::ByteBuffer* request,
                                     grpc::ByteBuffer* response) override;
  grpc::ServerUnaryReactor* HoldObject(grpc::CallbackServerContext* context,
                                       const grpc::ByteBuffer* request,
                                       grpc::ByteBuffer* response) override;
  grpc::ServerUnaryReactor* ReleaseObject(grpc::CallbackServerContext* context,
                                          const grpc::ByteBuffer* request,
                                          grpc::ByteBuffer* response) override;
  grpc::ServerUnaryReactor* RootObject(grpc::CallbackServerContext* context,
                                       const grpc::ByteBuffer* request,
                                       grpc::ByteBuffer* response) override;
  grpc::ServerUnaryReactor* UnrootObject(grpc::CallbackServerContext* context,
                                         const grpc::ByteBuffer* request,
                                         grpc::ByteBuffer* response) override;
  grpc::ServerUnaryReactor* GetRoot(grpc::CallbackServerContext* context,
                                    const grpc::ByteBuffer* request,
                                    grpc::ByteBuffer* response) override;
  grpc::ServerUnaryReactor* ListRoots(grpc::CallbackServerContext* context,
                                      const grpc::ByteBuffer* request,
                                      grpc::ByteBuffer* response) override;
  grpc::ServerUnaryReactor* Apply(grpc::CallbackServerContext* context,
                                  const grpc::ByteBuffer* request,
                                  grpc::ByteBuffer* response) override;
  grpc::ServerBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer>* Pipeline(
      grpc::CallbackServerContext* context) override;
  grpc::ServerUnaryReactor* Traverse(grpc::CallbackServerContext* context,
                                     const grpc::ByteBuffer* request,
                                     grpc::ByteBuffer* response) override;

 private:
  const ServiceCore& core_;
};

}  // namespace heapd::server

#endif  // HEAPD_SERVER_SERVICE_OBJECT_SERVICE_H_
