#ifndef HEAPD_TESTS_SERVER_SUPPORT_HEALTH_CLIENT_H_
#define HEAPD_TESTS_SERVER_SUPPORT_HEALTH_CLIENT_H_

#include <grpcpp/grpcpp.h>

#include <chrono>
#include <memory>
#include <string>

#include "absl/time/time.h"
#include "grpc/health/v1/health.grpc.pb.h"

namespace heapd::server {

// Asks one address for its health, as a balancer does.
class HealthClient {
 public:
  using Request = grpc::health::v1::HealthCheckRequest;
  using Response = grpc::health::v1::HealthCheckResponse;

  explicit HealthClient(const std::string& address,
                        const std::shared_ptr<grpc::ChannelCredentials>&
                            credentials = grpc::InsecureChannelCredentials()) {
    grpc::ChannelArguments arguments;
    // Not shared with another test's channel to the same port.
    arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
    stub_ = grpc::health::v1::Health::NewStub(
        grpc::CreateCustomChannel(address, credentials, arguments));
  }

  // "SERVING", "NOT_SERVING", or the name of the error's code.
  std::string Check(const std::string& service = "",
                    absl::Duration timeout = absl::Seconds(30)) {
    grpc::ClientContext context;
    SetDeadline(context, timeout);
    Request request;
    request.set_service(service);
    Response response;
    const grpc::Status status = stub_->Check(&context, request, &response);
    if (!status.ok()) return "error " + std::to_string(status.error_code());
    return Response::ServingStatus_Name(response.status());
  }

  std::unique_ptr<grpc::ClientReader<Response>> Watch(
      grpc::ClientContext& context, const std::string& service = "") {
    SetDeadline(context);
    Request request;
    request.set_service(service);
    return stub_->Watch(&context, request);
  }

 private:
  static void SetDeadline(grpc::ClientContext& context,
                          absl::Duration timeout = absl::Seconds(30)) {
    context.set_deadline(std::chrono::system_clock::now() +
                         absl::ToChronoMilliseconds(timeout));
  }

  std::unique_ptr<grpc::health::v1::Health::Stub> stub_;
};

}  // namespace heapd::server

#endif  // HEAPD_TESTS_SERVER_SUPPORT_HEALTH_CLIENT_H_
