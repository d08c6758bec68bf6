#ifndef HEAPD_TESTS_BENCH_RPC_CALL_CHAIN_H_
#define HEAPD_TESTS_BENCH_RPC_CALL_CHAIN_H_

#include <grpcpp/client_context.h>
#include <grpcpp/completion_queue.h>
#include <grpcpp/support/async_unary_call.h>

#include <algorithm>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "heap/base/check.h"
#include "tests/bench/rpc/load.h"

namespace heapd::rpc_bench {

// Makes `count` calls, each with a request of its own, `outstanding` at a time.
// Single-threaded.
template <typename Response>
class CallChain {
 public:
  using Reader = std::unique_ptr<grpc::ClientAsyncResponseReader<Response>>;
  // Starts call `i`.
  using Start = std::function<Reader(uint64_t i, grpc::ClientContext*,
                                     grpc::CompletionQueue*)>;
  // Call `i` was answered.
  using Done = std::function<void(uint64_t i, const Response&)>;

  CallChain(Start start, Done done)
      : start_(std::move(start)), done_(std::move(done)) {}

  void Run(uint64_t count, size_t outstanding) {
    std::vector<Call> calls(std::min<uint64_t>(outstanding, count));
    for (Call& call : calls) StartNext(&call);
    void* tag = nullptr;
    bool ok = false;
    for (uint64_t answered = 0; answered < count; ++answered) {
      HEAPD_CHECK(queue_.Next(&tag, &ok) && ok);
      Call* const call = static_cast<Call*>(tag);
      CheckOk(call->status);
      done_(call->number, call->response);
      if (next_ < count) StartNext(call);
    }
    queue_.Shutdown();
    while (queue_.Next(&tag, &ok)) continue;
  }

 private:
  struct Call {
    uint64_t number = 0;
    std::optional<grpc::ClientContext> context;
    Reader reader;
    Response response;
    grpc::Status status;
  };

  void StartNext(Call* call) {
    call->reader.reset();
    call->context.emplace();
    call->response.Clear();
    call->number = next_++;
    call->reader = start_(call->number, &*call->context, &queue_);
    call->reader->Finish(&call->response, &call->status, call);
  }

  const Start start_;
  const Done done_;
  grpc::CompletionQueue queue_;
  uint64_t next_ = 0;
};

}  // namespace heapd::rpc_bench

#endif  // HEAPD_TESTS_BENCH_RPC_CALL_CHAIN_H_
