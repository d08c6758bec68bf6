#ifndef HEAPD_CLIENT_HEAPLOAD_RECORD_RELAY_CORE_H_
#define HEAPD_CLIENT_HEAPLOAD_RECORD_RELAY_CORE_H_

#include <memory>
#include <string>

#include "client/heapload/record/call_gate.h"
#include "client/heapload/record/call_recorder.h"
#include "grpcpp/channel.h"
#include "grpcpp/client_context.h"
#include "grpcpp/generic/async_generic_service.h"
#include "grpcpp/generic/generic_stub.h"

namespace heapd::heapload {

// Whether calls of one heap pass one after another.
enum class RelayOrder { kAsTheyCome, kOneAtATime };

// What all relays share. Outlives them. Thread-safe.
struct RelayCore {
  RelayCore(const std::shared_ptr<grpc::Channel>& channel, CallRecorder* to,
            RelayOrder as)
      : stub(channel), recorder(to), order(as) {}

  grpc::GenericStub stub;
  CallRecorder* const recorder;
  const RelayOrder order;
  CallGate gate;
};

// How a method is passed on.
struct MethodTraits {
  bool unary = false;
  // Goes to the recorder.
  bool recorded = false;
  // Changes a heap, so that its order with others matters.
  bool mutates = false;
};
MethodTraits TraitsOf(const std::string& method);

// Gives the daemon what the client sent beside its messages: metadata and
// deadline.
void CopyToDaemon(const grpc::GenericCallbackServerContext& from,
                  grpc::ClientContext* to);
// Gives the client the metadata that the daemon sent, at the begin and at the
// end. Details of an error are in its status.
void CopyInitialMetadata(const grpc::ClientContext& from,
                         grpc::GenericCallbackServerContext* to);
void CopyTrailingMetadata(const grpc::ClientContext& from,
                          grpc::GenericCallbackServerContext* to);

}  // namespace heapd::heapload

#endif  // HEAPD_CLIENT_HEAPLOAD_RECORD_RELAY_CORE_H_
