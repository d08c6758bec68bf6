#ifndef HEAPD_SERVER_SERVICE_COLLECTION_STREAM_H_
#define HEAPD_SERVER_SERVICE_COLLECTION_STREAM_H_

#include <grpcpp/server_context.h>
#include <grpcpp/support/server_callback.h>

#include <memory>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "heapd/v1/collector_service.pb.h"
#include "server/host/collection_watch.h"
#include "server/host/hosted_heap.h"
#include "server/service/call_meter.h"
#include "server/service/caller.h"
#include "server/service/drain.h"
#include "server/service/service_core.h"

namespace heapd::server {

// One WatchCollections stream. On the callback API, since a synchronous handler
// would hold a thread for as long as somebody watches. It ends when the caller
// leaves or may not watch any more, the heap is deleted or draining begins.
// gRPC owns it from Start() to OnDone().
class CollectionStream final
    : public grpc::ServerWriteReactor<grpc::ByteBuffer>,
      private DrainListener {
 public:
  static CollectionStream* Start(const ServiceCore& core,
                                 const grpc::CallbackServerContext& context,
                                 const grpc::ByteBuffer& request);

 private:
  CollectionStream(const ServiceCore& core,
                   const grpc::CallbackServerContext& context);

  absl::Status Begin(const grpc::ByteBuffer& request);
  // Whether the caller may watch: at first, and for each collection, since a
  // watch outlives a token and a policy.
  absl::Status CheckPermission();
  // Writes the next collection, or ends the stream, if it can.
  void Continue() ABSL_LOCKS_EXCLUDED(mu_);
  void OnWriteDone(bool ok) override ABSL_LOCKS_EXCLUDED(mu_);
  void End(const absl::Status& status) ABSL_LOCKS_EXCLUDED(mu_);
  void OnCancel() override;
  void OnDrain() override;
  void OnDone() override;

  const ServiceCore& core_;
  const grpc::CallbackServerContext& context_;
  const MeteredCall metered_;
  Caller caller_;     // Begin()'s, then guarded by mu_
  std::string heap_;  // set by Begin()
  WatcherSlot slot_;
  const std::shared_ptr<CollectionWatch> watch_;
  std::shared_ptr<HostedHeap> hosted_;

  absl::Mutex mu_;  // before CollectionWatch's leaf lock
  bool writing_ ABSL_GUARDED_BY(mu_) = false;
  bool ended_ ABSL_GUARDED_BY(mu_) = false;
  absl::Status end_ ABSL_GUARDED_BY(mu_);  // sent once nothing is written
  grpc::ByteBuffer raw_response_;
};

}  // namespace heapd::server

#endif  // HEAPD_SERVER_SERVICE_COLLECTION_STREAM_H_
