#ifndef HEAPD_SERVER_SERVICE_QUEUED_HEALTH_H_
#define HEAPD_SERVER_SERVICE_QUEUED_HEALTH_H_

#include <grpcpp/server_context.h>
#include <grpcpp/support/server_callback.h>

#include "grpc/health/v1/health.grpc.pb.h"
#include "server/host/heap_registry.h"

namespace heapd::server {

// A health service as it must not be, for stress.health_in_data_plane: a check
// is a call like any other, on the threads of the data plane and through the
// queue of the heap with the longest one, as in services whose health check
// does a piece of real work. Under load it waits with everybody, and a balancer
// takes the daemon for dead. Shows that what measures the difference can see
// it. Thread-safe. The registry outlives it.
class QueuedHealthService final
    : public grpc::health::v1::Health::CallbackService {
 public:
  explicit QueuedHealthService(const HeapRegistry* registry)
      : registry_(*registry) {}

  grpc::ServerUnaryReactor* Check(
      grpc::CallbackServerContext* context,
      const grpc::health::v1::HealthCheckRequest* request,
      grpc::health::v1::HealthCheckResponse* response) override;

 private:
  const HeapRegistry& registry_;
};

}  // namespace heapd::server

#endif  // HEAPD_SERVER_SERVICE_QUEUED_HEALTH_H_
