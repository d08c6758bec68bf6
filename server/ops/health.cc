#include "server/ops/health.h"

#include <optional>

#include "absl/cleanup/cleanup.h"

namespace heapd::server {
namespace {

using grpc::health::v1::HealthCheckRequest;
using grpc::health::v1::HealthCheckResponse;

// The synchronous API tells a handler of a cancelled call only when asked: this
// often a watch asks, and so long an abandoned one keeps its thread.
constexpr absl::Duration kCancellationCheck = absl::Seconds(1);

HealthCheckResponse::ServingStatus ToProto(ServingState state) {
  switch (state) {
    case ServingState::kServing:
      return HealthCheckResponse::SERVING;
    case ServingState::kNotServing:
      return HealthCheckResponse::NOT_SERVING;
    case ServingState::kUnknownService:
      return HealthCheckResponse::SERVICE_UNKNOWN;
  }
  return HealthCheckResponse::UNKNOWN;
}

}  // namespace

grpc::Status HealthService::Check(grpc::ServerContext* context,
                                  const HealthCheckRequest* request,
                                  HealthCheckResponse* response) {
  if (gate_ != nullptr) {
    if (grpc::Status refused = gate_(*context); !refused.ok()) return refused;
  }
  const ServingState state = board_->Get(request->service());
  if (state == ServingState::kUnknownService) {
    return {grpc::StatusCode::NOT_FOUND, "unknown service"};
  }
  response->set_status(ToProto(state));
  return grpc::Status::OK;
}

grpc::Status HealthService::Watch(
    grpc::ServerContext* context, const HealthCheckRequest* request,
    grpc::ServerWriter<HealthCheckResponse>* writer) {
  if (gate_ != nullptr) {
    if (grpc::Status refused = gate_(*context); !refused.ok()) return refused;
  }
  // Relaxed: a count, which publishes nothing.
  const int before = watchers_.fetch_add(1, std::memory_order_relaxed);
  const absl::Cleanup leave = [this] {
    watchers_.fetch_sub(1, std::memory_order_relaxed);
  };
  if (before >= max_watchers_) {
    return {grpc::StatusCode::RESOURCE_EXHAUSTED, "too many health watches"};
  }
  std::optional<ServingState> sent;
  while (!context->IsCancelled()) {
    // Asked first: what is read after the board was closed is the last state.
    const bool closed = board_->closed();
    const ServingState state =
        board_->AwaitChange(request->service(), sent, kCancellationCheck);
    if (state != sent) {
      HealthCheckResponse response;
      response.set_status(ToProto(state));
      if (!writer->Write(response)) break;
      sent = state;
    }
    if (closed) {
      return {grpc::StatusCode::UNAVAILABLE, "the daemon stops"};
    }
  }
  return grpc::Status::CANCELLED;
}

}  // namespace heapd::server
