#ifndef HEAPD_TESTS_BENCH_RPC_STREAM_WORKER_H_
#define HEAPD_TESTS_BENCH_RPC_STREAM_WORKER_H_

#include <grpcpp/client_context.h>
#include <grpcpp/completion_queue.h>
#include <grpcpp/support/async_stream.h>

#include <deque>
#include <functional>
#include <memory>
#include <utility>

#include "heap/base/check.h"
#include "tests/bench/rpc/load.h"

namespace heapd::rpc_bench {

// Sends the same message over and over on one stream, `outstanding` at a time,
// on a completion queue of its own. Single-threaded.
template <typename Request, typename Response>
class StreamWorker {
 public:
  using Stream = grpc::ClientAsyncReaderWriter<Request, Response>;
  // Begins the call; `tag` is of its start.
  using Start = std::function<std::unique_ptr<Stream>(
      grpc::ClientContext*, grpc::CompletionQueue*, void* tag)>;
  // Whether an answer is one, and no error: that does not end the stream.
  using Check = std::function<bool(const Response&)>;

  StreamWorker(Start start, Check check, const Request& request,
               int outstanding)
      : start_(std::move(start)),
        check_(std::move(check)),
        request_(request),
        outstanding_(outstanding) {}

  // Until the window is over and every message has been answered.
  void Run(CallLog* log) {
    stream_ = start_(&context_, &queue_, TagOf(Event::kStarted));
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
    HEAPD_CHECK(check_(response_));
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

  const Start start_;
  const Check check_;
  const Request& request_;
  const size_t outstanding_;
  grpc::CompletionQueue queue_;
  grpc::ClientContext context_;
  std::unique_ptr<Stream> stream_;
  Response response_;
  grpc::Status status_;
  std::deque<SteadyClock::time_point> sent_;  // of what is not answered yet
  bool writing_ = false;
  bool said_done_ = false;
};

}  // namespace heapd::rpc_bench

#endif  // HEAPD_TESTS_BENCH_RPC_STREAM_WORKER_H_
