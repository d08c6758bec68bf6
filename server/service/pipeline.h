#ifndef HEAPD_SERVER_SERVICE_PIPELINE_H_
#define HEAPD_SERVER_SERVICE_PIPELINE_H_

#include <grpcpp/server_context.h>
#include <grpcpp/support/server_callback.h>

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "heapd/v1/object_service.pb.h"
#include "server/host/admission.h"
#include "server/host/heap_call.h"
#include "server/service/admit_request.h"
#include "server/service/call_meter.h"
#include "server/service/caller.h"
#include "server/service/drain.h"
#include "server/service/pipeline_flow.h"
#include "server/service/request_head.h"
#include "server/service/service_core.h"

namespace heapd::server {

// One Pipeline stream: applies requests one after the other and answers them in
// their order; PipelineFlow says what is done when. An error of a batch is a
// response; the stream goes on. Who calls and what is permitted is looked at
// for each request: a stream outlives a token and a policy. One whose
// credential is no good any more ends.
//
// gRPC owns the reactor from Start() to OnDone().
class Pipeline final
    : public grpc::ServerBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer>,
      private HeapCall,
      private DrainListener {
 public:
  static Pipeline* Start(const ServiceCore& core,
                         grpc::CallbackServerContext* context);

 private:
  Pipeline(const ServiceCore& core, grpc::CallbackServerContext* context)
      : core_(core),
        context_(context),
        caller_(core),
        metered_(core.meter, PermissionOf<v1::PipelineRequest>()) {}

  // One request from when it is begun until its answer has been sent.
  struct Pending {
    Admission::Ticket ticket;
    grpc::ByteBuffer answer;
  };

  // Steps of the stream.
  void Begin();
  // Does what there is to do. On a thread of gRPC that holds nothing.
  void Advance();
  void Work(Pending* pending);
  void Write(const PipelineFlow::Step& step);
  void OnReadDone(bool ok) override;
  absl::Status Prepare(std::shared_ptr<HostedHeap>* hosted);
  // Whether the caller may use the heap that the request is about.
  absl::Status Enter();
  // Whose a request is that does not say so itself.
  void Remember(absl::string_view heap, SessionId session);
  absl::Status Read();
  // The same for a retry on another stream.
  uint64_t FingerprintOfRequest();
  // A stream that has nothing to do shall not keep what its largest batch took.
  void FreeLarge(size_t answer_bytes);
  void OnWriteDone(bool ok) override;
  void End();
  void OnDone() override;

  // DrainListener. What was begun is answered first.
  void OnDrain() override;

  // HeapCall.
  absl::Status Execute(HeapAccess& access) override;
  std::string Answer() override;
  void Replay(const std::string& answer) override;
  void Complete(const absl::Status& status) override;
  bool IsCancelled() const override { return context_->IsCancelled(); }

  const ServiceCore& core_;
  grpc::CallbackServerContext* const context_;
  Caller caller_;
  MeteredCall metered_;  // of the request being worked on
  Admission::Ticket stream_ticket_;
  std::string heap_;          // of the last request that named one
  std::string entered_heap_;  // that Enter() looked at for this request
  SessionId session_ = 0;
  grpc::ByteBuffer raw_request_;
  grpc::ByteBuffer raw_next_;  // being read, or read and not begun
  v1::PipelineRequest request_;
  v1::PipelineResponse response_;
  Pending pending_[PipelineFlow::kMaxPending];  // by a step's place
  Pending* working_on_ = nullptr;
  Pending* writing_ = nullptr;
  PipelineFlow flow_;
};

}  // namespace heapd::server

#endif  // HEAPD_SERVER_SERVICE_PIPELINE_H_
