#ifndef HEAPD_TESTS_BENCH_RPC_UNARY_WORKER_H_
#define HEAPD_TESTS_BENCH_RPC_UNARY_WORKER_H_

#include <grpcpp/client_context.h>
#include <grpcpp/completion_queue.h>
#include <grpcpp/support/async_unary_call.h>

#include <functional>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "heap/base/check.h"
#include "tests/bench/rpc/load.h"

namespace heapd::rpc_bench {

// Starts a call.
template <typename Response>
using UnaryStart =
    std::function<std::unique_ptr<grpc::ClientAsyncResponseReader<Response>>(
        grpc::ClientContext*, grpc::CompletionQueue*)>;

// Makes the same unary call over and over, `outstanding` at a time, on a
// completion queue of its own. Single-threaded.
template <typename Response>
class UnaryWorker {
 public:
  UnaryWorker(UnaryStart<Response> start, int outstanding)
      : start_(std::move(start)), calls_(outstanding) {}

  // Until the window is over and every call has been answered.
  void Run(CallLog* log) {
    for (Call& call : calls_) Start(&call);
    size_t running = calls_.size();
    void* tag = nullptr;
    bool ok = false;
    while (running > 0 && queue_.Next(&tag, &ok)) {
      HEAPD_CHECK(ok);
      Call* const call = static_cast<Call*>(tag);
      CheckOk(call->status);
      const SteadyClock::time_point now = SteadyClock::now();
      log->Add(call->start, now);
      if (log->window().IsOver(now)) {
        --running;
      } else {
        Start(call);
      }
    }
    queue_.Shutdown();
    while (queue_.Next(&tag, &ok)) continue;
  }

 private:
  struct Call {
    std::optional<grpc::ClientContext> context;
    std::unique_ptr<grpc::ClientAsyncResponseReader<Response>> reader;
    Response response;
    grpc::Status status;
    SteadyClock::time_point start;
  };

  void Start(Call* call) {
    call->reader.reset();
    call->context.emplace();
    call->start = SteadyClock::now();
    call->reader = start_(&*call->context, &queue_);
    call->reader->Finish(&call->response, &call->status, call);
  }

  const UnaryStart<Response> start_;
  grpc::CompletionQueue queue_;
  std::vector<Call> calls_;
};

}  // namespace heapd::rpc_bench

#endif  // HEAPD_TESTS_BENCH_RPC_UNARY_WORKER_H_
