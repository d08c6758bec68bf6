#include "client/heapd/token_interceptor.h"

#include "absl/strings/str_cat.h"
#include "grpcpp/support/interceptor.h"

namespace heapd::client {
namespace {

using grpc::experimental::ClientInterceptorFactoryInterface;
using grpc::experimental::ClientRpcInfo;
using grpc::experimental::InterceptionHookPoints;
using grpc::experimental::Interceptor;
using grpc::experimental::InterceptorBatchMethods;

class TokenInterceptor final : public Interceptor {
 public:
  // `header` outlives the calls of the channel.
  explicit TokenInterceptor(const std::string* header) : header_(*header) {}

  void Intercept(InterceptorBatchMethods* methods) override {
    if (methods->QueryInterceptionHookPoint(
            InterceptionHookPoints::PRE_SEND_INITIAL_METADATA)) {
      methods->GetSendInitialMetadata()->emplace("authorization", header_);
    }
    methods->Proceed();
  }

 private:
  const std::string& header_;
};

class TokenInterceptorFactory final : public ClientInterceptorFactoryInterface {
 public:
  explicit TokenInterceptorFactory(const std::string& bearer_token)
      : header_(absl::StrCat("Bearer ", bearer_token)) {}

  Interceptor* CreateClientInterceptor(ClientRpcInfo*) override {
    return new TokenInterceptor(&header_);
  }

 private:
  const std::string header_;
};

}  // namespace

std::unique_ptr<ClientInterceptorFactoryInterface> MakeTokenInterceptorFactory(
    const std::string& bearer_token) {
  return std::make_unique<TokenInterceptorFactory>(bearer_token);
}

}  // namespace heapd::client
