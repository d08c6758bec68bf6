#ifndef HEAPD_CLIENT_HEAPD_TOKEN_INTERCEPTOR_H_
#define HEAPD_CLIENT_HEAPD_TOKEN_INTERCEPTOR_H_

#include <memory>
#include <string>

#include "grpcpp/support/client_interceptor.h"

namespace heapd::client {

// Makes what adds "authorization: Bearer TOKEN" to every call of a channel,
// whoever makes it. gRPC has call credentials for that, but not for plaintext.
std::unique_ptr<grpc::experimental::ClientInterceptorFactoryInterface>
MakeTokenInterceptorFactory(const std::string& bearer_token);

}  // namespace heapd::client

#endif  // HEAPD_CLIENT_HEAPD_TOKEN_INTERCEPTOR_H_
