#include "tests/bench/rpc/echo_service.h"

namespace heapd::rpc_bench {
namespace {

using bench::v1::EchoRequest;
using bench::v1::EchoResponse;

void Answer(const EchoRequest& request, EchoResponse* response) {
  response->mutable_payload()->assign(request.response_payload_size(), 'e');
}

class EchoReactor final
    : public grpc::ServerBidiReactor<EchoRequest, EchoResponse> {
 public:
  EchoReactor() { StartRead(&request_); }

 private:
  void OnReadDone(bool ok) override {
    if (!ok) {
      Finish(grpc::Status::OK);
      return;
    }
    Answer(request_, &response_);
    StartWrite(&response_);
  }
  void OnWriteDone(bool ok) override {
    if (!ok) {
      Finish(grpc::Status::CANCELLED);
      return;
    }
    StartRead(&request_);
  }
  void OnDone() override { delete this; }

  EchoRequest request_;
  EchoResponse response_;
};

grpc::ServerUnaryReactor* FinishNow(grpc::CallbackServerContext* context) {
  grpc::ServerUnaryReactor* const reactor = context->DefaultReactor();
  reactor->Finish(grpc::Status::OK);
  return reactor;
}

}  // namespace

grpc::ServerUnaryReactor* EchoService::Echo(
    grpc::CallbackServerContext* context, const EchoRequest* request,
    EchoResponse* response) {
  Answer(*request, response);
  return FinishNow(context);
}

grpc::ServerBidiReactor<EchoRequest, EchoResponse>* EchoService::EchoStream(
    grpc::CallbackServerContext*) {
  return new EchoReactor();
}

grpc::ServerUnaryReactor* EchoService::EchoBatch(
    grpc::CallbackServerContext* context,
    const heapd::v1::ApplyRequest* request,
    heapd::v1::ApplyResponse* response) {
  // A ref for each allocation, the largest part of the batches sent here.
  response->mutable_result()->mutable_refs()->Resize(
      request->batch().types_size(), 1);
  return FinishNow(context);
}

}  // namespace heapd::rpc_bench
