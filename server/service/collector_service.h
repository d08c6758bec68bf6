#ifndef HEAPD_SERVER_SERVICE_COLLECTOR_SERVICE_H_
#define HEAPD_SERVER_SERVICE_COLLECTOR_SERVICE_H_

#include "heapd/v1/collector_service.grpc.pb.h"
#include "server/service/plane_gate.h"
#include "server/service/service_core.h"
#include "server/service/unary_streamer.h"

namespace heapd::server {

// Runs collections and answers questions about heaps. Unary methods are
// synchronous: they wait for the heap's lane on threads of their own server.
// One instance serves one server. Thread-safe. Core and gate outlive
// the service.
class CollectorService final
    : public v1::CollectorService::WithRawCallbackMethod_WatchCollections<
          v1::CollectorService::StreamedUnaryService> {
 public:
  CollectorService(const ServiceCore* core, PlaneGate* gate)
      : core_(*core), gate_(*gate) {}

  grpc::Status StreamedCollectHeap(
      grpc::ServerContext* context,
      UnaryStreamer<v1::CollectHeapRequest, v1::CollectHeapResponse>* call)
      override;
  grpc::Status StreamedGetStats(
      grpc::ServerContext* context,
      UnaryStreamer<v1::GetStatsRequest, v1::GetStatsResponse>* call) override;
  grpc::Status StreamedExplainObject(
      grpc::ServerContext* context,
      UnaryStreamer<v1::ExplainObjectRequest, v1::ExplainObjectResponse>* call)
      override;
  grpc::Status StreamedAnalyzeHeap(
      grpc::ServerContext* context,
      UnaryStreamer<v1::AnalyzeHeapRequest, v1::AnalyzeHeapResponse>* call)
      override;
  grpc::Status StreamedListSessions(
      grpc::ServerContext* context,
      UnaryStreamer<v1::ListSessionsRequest, v1::ListSessionsResponse>* call)
      override;
  grpc::Status StreamedVerifyHeap(
      grpc::ServerContext* context,
      UnaryStreamer<v1::VerifyHeapRequest, v1::VerifyHeapResponse>* call)
      override;
  grpc::ServerWriteReactor<grpc::ByteBuffer>* WatchCollections(
      grpc::CallbackServerContext* context,
      const grpc::ByteBuffer* request) override;

 private:
  // Each with the context's deadline.
  absl::Status Collect(const grpc::ServerContext& context,
                       const v1::CollectHeapRequest& request,
                       v1::CollectHeapResponse* response) const;
  absl::Status Stats(const grpc::ServerContext& context,
                     const v1::GetStatsRequest& request,
                     v1::GetStatsResponse* response) const;
  absl::Status Explain(const grpc::ServerContext& context,
                       const v1::ExplainObjectRequest& request,
                       v1::ExplainObjectResponse* response) const;
  absl::Status Verify(const grpc::ServerContext& context,
                      const v1::VerifyHeapRequest& request,
                      v1::VerifyHeapResponse* response) const;

  const ServiceCore& core_;
  PlaneGate& gate_;
};

}  // namespace heapd::server

#endif  // HEAPD_SERVER_SERVICE_COLLECTOR_SERVICE_H_
