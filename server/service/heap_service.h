#ifndef HEAPD_SERVER_SERVICE_HEAP_SERVICE_H_
#define HEAPD_SERVER_SERVICE_HEAP_SERVICE_H_

#include <string>
#include <vector>

#include "heapd/v1/heap_service.grpc.pb.h"
#include "server/host/heap_registry.h"
#include "server/service/caller.h"
#include "server/service/plane_gate.h"
#include "server/service/service_core.h"
#include "server/service/unary_streamer.h"

namespace heapd::server {

// Creates and removes heaps. Synchronous, so that it has the threads of its own
// server and may wait; one instance serves one server. Thread-safe. The core
// outlives the service.
class HeapService final : public v1::HeapService::StreamedUnaryService {
 public:
  HeapService(const ServiceCore* core, PlaneGate* gate)
      : core_(*core), gate_(*gate) {}

  grpc::Status StreamedCreateHeap(
      grpc::ServerContext* context,
      UnaryStreamer<v1::CreateHeapRequest, v1::CreateHeapResponse>* call)
      override;
  grpc::Status StreamedGetHeap(
      grpc::ServerContext* context,
      UnaryStreamer<v1::GetHeapRequest, v1::GetHeapResponse>* call) override;
  grpc::Status StreamedListHeaps(
      grpc::ServerContext* context,
      UnaryStreamer<v1::ListHeapsRequest, v1::ListHeapsResponse>* call)
      override;
  grpc::Status StreamedUpdateHeap(
      grpc::ServerContext* context,
      UnaryStreamer<v1::UpdateHeapRequest, v1::UpdateHeapResponse>* call)
      override;
  grpc::Status StreamedDeleteHeap(
      grpc::ServerContext* context,
      UnaryStreamer<v1::DeleteHeapRequest, v1::DeleteHeapResponse>* call)
      override;

 private:
  absl::Status List(const Caller& caller, const v1::ListHeapsRequest& request,
                    v1::ListHeapsResponse* response) const;
  // As HeapRegistry::List(), of the heaps that the caller may read.
  std::vector<HeapFigures> ListFor(const Caller& caller, std::string after,
                                   size_t limit) const;

  const ServiceCore& core_;
  PlaneGate& gate_;
};

}  // namespace heapd::server

#endif  // HEAPD_SERVER_SERVICE_HEAP_SERVICE_H_
