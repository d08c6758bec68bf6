#ifndef HEAPD_TESTS_BENCH_RPC_ECHO_SERVICE_H_
#define HEAPD_TESTS_BENCH_RPC_ECHO_SERVICE_H_

#include "bench/rpc/echo.grpc.pb.h"

namespace heapd::rpc_bench {

// See echo.proto. On gRPC's callback API, as the daemon's data plane.
// Thread-safe.
class EchoService final : public bench::v1::EchoService::CallbackService {
 public:
  grpc::ServerUnaryReactor* Echo(grpc::CallbackServerContext* context,
                                 const bench::v1::EchoRequest* request,
                                 bench::v1::EchoResponse* response) override;
  grpc::ServerBidiReactor<bench::v1::EchoRequest, bench::v1::EchoResponse>*
  EchoStream(grpc::CallbackServerContext* context) override;
  grpc::ServerUnaryReactor* EchoBatch(
      grpc::CallbackServerContext* context,
      const heapd::v1::ApplyRequest* request,
      heapd::v1::ApplyResponse* response) override;
};

}  // namespace heapd::rpc_bench

#endif  // HEAPD_TESTS_BENCH_RPC_ECHO_SERVICE_H_
