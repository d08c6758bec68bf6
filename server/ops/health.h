#ifndef HEAPD_SERVER_OPS_HEALTH_H_
#define HEAPD_SERVER_OPS_HEALTH_H_

#include <grpcpp/server_context.h>

#include <atomic>
#include <functional>
#include <utility>

#include "grpc/health/v1/health.grpc.pb.h"
#include "server/ops/health_board.h"

namespace heapd::server {

// grpc.health.v1.Health over a board.
//
// Synchronous on purpose: the threads of gRPC's callback API serve the whole
// process, so one data-plane handler that blocks would make the daemon look
// dead; a synchronous service runs on threads of its own server. A watch keeps
// one of them, so watches are bounded; Check is always answered.
//
// Thread-safe. The board outlives it. Close the board before the server is shut
// down: that ends the watches.
class HealthService final : public grpc::health::v1::Health::Service {
 public:
  // Whether a caller may ask; OK if it may.
  using Gate = std::function<grpc::Status(const grpc::ServerContextBase&)>;

  // Without a gate everybody may.
  HealthService(const HealthBoard* board, int max_watchers, Gate gate = nullptr)
      : board_(board), max_watchers_(max_watchers), gate_(std::move(gate)) {}

  grpc::Status Check(grpc::ServerContext* context,
                     const grpc::health::v1::HealthCheckRequest* request,
                     grpc::health::v1::HealthCheckResponse* response) override;

  grpc::Status Watch(grpc::ServerContext* context,
                     const grpc::health::v1::HealthCheckRequest* request,
                     grpc::ServerWriter<grpc::health::v1::HealthCheckResponse>*
                         writer) override;

 private:
  const HealthBoard* const board_;
  const int max_watchers_;
  const Gate gate_;
  std::atomic<int> watchers_{0};
};

}  // namespace heapd::server

#endif  // HEAPD_SERVER_OPS_HEALTH_H_
