#include "server/service/queued_health.h"

#include <algorithm>
#include <memory>
#include <vector>

#include "server/host/heap_call.h"
#include "server/host/hosted_heap.h"
#include "server/service/status.h"

namespace heapd::server {
namespace {

using grpc::health::v1::HealthCheckResponse;

// One check. gRPC owns it from its start to OnDone().
class QueuedCheck final : public grpc::ServerUnaryReactor, private HeapCall {
 public:
  explicit QueuedCheck(HealthCheckResponse* response) : response_(response) {}

  void Begin(const std::shared_ptr<HostedHeap>& hosted) {
    if (hosted == nullptr) {
      Complete(absl::OkStatus());
    } else {
      HostedHeap::Submit(hosted, this);
    }
  }

 private:
  absl::Status Execute(HeapAccess&) override { return absl::OkStatus(); }
  void Complete(const absl::Status& status) override {
    response_->set_status(HealthCheckResponse::SERVING);
    // This may be gone afterwards.
    grpc::ServerUnaryReactor::Finish(ToGrpcStatus(status));
  }
  void OnDone() override { delete this; }

  HealthCheckResponse* const response_;
};

}  // namespace

grpc::ServerUnaryReactor* QueuedHealthService::Check(
    grpc::CallbackServerContext*, const grpc::health::v1::HealthCheckRequest*,
    HealthCheckResponse* response) {
  std::shared_ptr<HostedHeap> busiest;
  for (std::shared_ptr<HostedHeap>& hosted : registry_.All()) {
    if (busiest == nullptr ||
        hosted->OldestWaitingAge() > busiest->OldestWaitingAge()) {
      busiest = std::move(hosted);
    }
  }
  auto* const check = new QueuedCheck(response);
  check->Begin(busiest);
  return check;
}

}  // namespace heapd::server
