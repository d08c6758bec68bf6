#include "client/heapd/health.h"

#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "client/heapd/connection.h"
#include "client/heapd/status.h"
#include "client/heapd/status_macros.h"
#include "client/heapd/strings.h"
#include "grpc/health/v1/health.grpc.pb.h"

namespace heapd::client {
namespace {

using grpc::health::v1::HealthCheckRequest;
using grpc::health::v1::HealthCheckResponse;
using HealthService = grpc::health::v1::Health;

Health FromProto(HealthCheckResponse::ServingStatus status) {
  switch (status) {
    case HealthCheckResponse::SERVING:
      return Health::kServing;
    case HealthCheckResponse::NOT_SERVING:
      return Health::kNotServing;
    default:
      return Health::kUnknown;
  }
}

// Watches until the state is SERVING, then returns OK; otherwise why the stream
// ended. `seen` is the last state.
absl::Status WatchUntilServing(HealthService::Stub& stub,
                               const HealthCheckRequest& request,
                               absl::Time deadline, Health& seen) {
  grpc::ClientContext context;
  context.set_deadline(absl::ToChronoTime(deadline));
  // The connection itself may take until the deadline.
  context.set_wait_for_ready(true);
  const auto reader = stub.Watch(&context, request);
  HealthCheckResponse response;
  while (reader->Read(&response)) {
    seen = FromProto(response.status());
    if (seen != Health::kServing) continue;
    context.TryCancel();
    reader->Finish();
    return absl::OkStatus();
  }
  const absl::Status status = ToAbslStatus(reader->Finish());
  return status.ok() ? absl::UnavailableError("the watch ended") : status;
}

}  // namespace

std::string_view HealthName(Health health) {
  switch (health) {
    case Health::kServing:
      return "SERVING";
    case Health::kNotServing:
      return "NOT_SERVING";
    case Health::kUnknown:
      break;
  }
  return "UNKNOWN";
}

absl::StatusOr<Health> CheckHealth(std::string_view address,
                                   std::string_view service,
                                   absl::Duration timeout,
                                   const Credentials& credentials) {
  HEAPD_CLIENT_ASSIGN_OR_RETURN(const auto channel,
                                OpenChannel(address, credentials));
  const auto stub = HealthService::NewStub(channel);
  HealthCheckRequest request;
  request.set_service(std::string(service));
  HealthCheckResponse response;
  grpc::ClientContext context;
  context.set_deadline(absl::ToChronoTime(absl::Now() + timeout));
  const grpc::Status status = stub->Check(&context, request, &response);
  if (!status.ok()) return ToAbslStatus(status);
  return FromProto(response.status());
}

absl::Status WaitUntilServing(std::string_view address,
                              std::string_view service, absl::Duration timeout,
                              const Credentials& credentials) {
  HEAPD_CLIENT_ASSIGN_OR_RETURN(const auto channel,
                                OpenChannel(address, credentials));
  const auto stub = HealthService::NewStub(channel);
  HealthCheckRequest request;
  request.set_service(std::string(service));
  const absl::Time deadline = absl::Now() + timeout;
  // A daemon that restarts ends the watch; then it is worth another one.
  const RetryOptions retry{.max_attempts = 1'000'000};
  Health seen = Health::kUnknown;
  const absl::Status status = CallWithRetries(
      retry, Clock::Real(), deadline, Repeat::kSafe,
      [&] { return WatchUntilServing(*stub, request, deadline, seen); });
  if (status.ok()) return status;
  return absl::Status(
      status.code(), absl::StrCat("the last state was ", Absl(HealthName(seen)),
                                  ": ", status.message()));
}

}  // namespace heapd::client
