#ifndef HEAPD_TESTS_BENCH_RPC_STREAM_WORKER_H_
#define HEAPD_TESTS_BENCH_RPC_STREAM_WORKER_H_

#include <grpcpp/client_context.h>
#include <grpcpp/completion_queue.h>
#include <grpcpp/support/async_stream.h>

#include <deque>
#include <memory>

#include "heap/base/check.h"
#include "tests/bench/rpc/load.h"

namespace heapd::rpc_bench {

// A method of a generated stub, such as &ObjectService::Stub::AsyncPipeline.
template <typename Stub, typename Request, typename Response>
using StreamStart =
    std::unique_ptr<grpc::ClientAsyncReaderWriter<Request, Response>> (Stub::*)(
        grpc::ClientContext*, grpc::CompletionQueue*, void*);

// Sends the same message over and over on one stream, `outstanding` at a time,
// on a completion queue of its own. Single-threaded.
template <typename Stub, typename Request, typename Response>
class StreamWorker {
 public:
  StreamWorker(std::shared_ptr<grpc::Channel> channel,
               StreamStart<Stub, Request, Response> start,
               const Request& request, int outstanding)
      : stub_(std::move(channel)),
        start_(start),
        request_(request),
        outstanding_(outstanding) {}

  // Until the window is over and every message has been answered.
  void Run(CallLog* log) {
    stream_ = (stub_.*start_)(&context_, &queue_, TagOf(Event::kStarted));
    void* tag = nullptr;
    bool ok = false;
    while (queue_.Next(&tag, &ok)) {
      Handle(static_cast<Event>(reinterpret_cast<uintptr_t>(tag)), ok, log);
    }
    CheckOk(status_);
    HEAPD_CHECK(sent_.empty());
  }

 private:
  enum class Event : uintptr_t {
    kStarted,
    kWritten,
    kRead,
    kWritesDone,
    kFinished
  };

  static void* TagOf(Event event) {
    return reinterpret_cast<void*>(static_cast<uintptr_t>(event));
  }

  void Handle(Event event, bool ok, CallLog* log) {
    switch (event) {
      case Event::kStarted:
        Read();
        WriteIfRoom(log);
        return;
      case Event::kWritten:
        writing_ = false;
        WriteIfRoom(log);
        return;
      case Event::kRead:
        if (!ok) {
          stream_->Finish(&status_, TagOf(Event::kFinished));
          return;
        }
        TakeAnswer(log);
        Read();
        WriteIfRoom(log);
        return;
      case Event::kWritesDone:
        return;
      case Event::kFinished:
        queue_.Shutdown();
        return;
    }
  }

  void Read() { stream_->Read(&response_, TagOf(Event::kRead)); }

  void TakeAnswer(CallLog* log) {
    // A batch that fails does not end the stream.
    if constexpr (requires { response_.has_error(); }) {
      HEAPD_CHECK(!response_.has_error());
    }
    log->Add(sent_.front(), SteadyClock::now());
    sent_.pop_front();
  }

  void WriteIfRoom(CallLog* log) {
    if (writing_ || said_done_) return;
    const SteadyClock::time_point now = SteadyClock::now();
    if (log->window().IsOver(now)) {
      said_done_ = true;
      stream_->WritesDone(TagOf(Event::kWritesDone));
      return;
    }
    if (sent_.size() >= outstanding_) return;
    writing_ = true;
    sent_.push_back(now);
    stream_->Write(request_, TagOf(Event::kWritten));
  }

  Stub stub_;
  const StreamStart<Stub, Request, Response> start_;
  const Request& request_;
  const size_t outstanding_;
  grpc::CompletionQueue queue_;
  grpc::ClientContext context_;
  std::unique_ptr<grpc::ClientAsyncReaderWriter<Request, Response>> stream_;
  Response response_;
  grpc::Status status_;
  std::deque<SteadyClock::time_point> sent_;  // of what is not answered yet
  bool writing_ = false;
  bool said_done_ = false;
};

}  // namespace heapd::rpc_bench

#endif  // HEAPD_TESTS_BENCH_RPC_STREAM_WORKER_H_
