#include "server/ops/progress_probe.h"

#include <grpcpp/client_context.h>

#include <utility>

#include "absl/time/clock.h"

namespace heapd::server {

using grpc::health::v1::Health;
using grpc::health::v1::HealthCheckRequest;
using grpc::health::v1::HealthCheckResponse;

ProgressProbe::ProgressProbe(const ReadinessSampler* sampler,
                             std::shared_ptr<grpc::Channel> liveness)
    : sampler_(*sampler),
      liveness_(liveness == nullptr ? nullptr
                                    : Health::NewStub(std::move(liveness))) {}

bool ProgressProbe::Ask(absl::Duration timeout) {
  if (sampled_.load(std::memory_order_relaxed)) {
    const uint64_t count = sampler_.sample_count();
    if (std::exchange(last_count_, count) == count) return false;
  }
  return liveness_ == nullptr || LivenessAnswers(timeout);
}

bool ProgressProbe::LivenessAnswers(absl::Duration timeout) {
  grpc::ClientContext context;
  context.set_deadline(absl::ToChronoTime(absl::Now() + timeout));
  HealthCheckResponse response;
  return liveness_->Check(&context, HealthCheckRequest(), &response).ok() &&
         response.status() == HealthCheckResponse::SERVING;
}

}  // namespace heapd::server
