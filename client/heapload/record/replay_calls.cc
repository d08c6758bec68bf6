#include "client/heapload/record/replay_calls.h"

#include <deque>
#include <utility>

#include "absl/time/clock.h"
#include "grpcpp/client_context.h"

namespace heapd::heapload {

// Deletes itself when it is answered.
class ReplayCalls::UnaryCall {
 public:
  UnaryCall(ReplayCalls* calls, grpc::ByteBuffer request, uint64_t token)
      : calls_(*calls), request_(std::move(request)) {
    answer_.token = token;
  }

  void Start(const std::string& method) {
    context_.set_deadline(absl::ToChronoTime(absl::Now() + calls_.timeout_));
    calls_.stub_.UnaryCall(&context_, method, grpc::StubOptions(), &request_,
                           &answer_.response, [this](grpc::Status status) {
                             answer_.status = std::move(status);
                             ReplayCalls& calls = calls_;
                             calls.Put(std::move(answer_));
                             delete this;
                             calls.CallEnded();
                           });
  }

 private:
  ReplayCalls& calls_;
  grpc::ClientContext context_;
  grpc::ByteBuffer request_;
  Answer answer_;
};

// Deletes itself when the daemon has ended it and nobody sends any more.
class ReplayCalls::Stream final
    : public grpc::ClientBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer> {
 public:
  explicit Stream(ReplayCalls* calls) : calls_(*calls) {
    calls_.stub_.PrepareBidiStreamingCall(&context_,
                                          "/heapd.v1.ObjectService/Pipeline",
                                          grpc::StubOptions(), this);
    // Writes are begun by the thread of the replay, until Close().
    AddHold();
    StartRead(&response_);
    StartCall();
  }

  void Send(grpc::ByteBuffer request, uint64_t token) {
    {
      absl::MutexLock lock(&mu_);
      if (!ended_) {
        tokens_.push_back(token);
        waiting_.push_back(std::move(request));
        if (writing_) return;
        writing_ = true;
        written_ = std::move(waiting_.front());
        waiting_.pop_front();
      } else {
        calls_.Put({token, Broken(), {}});
        return;
      }
    }
    StartWrite(&written_);
  }

  void Close() {
    bool writing = false;
    {
      absl::MutexLock lock(&mu_);
      closed_ = true;
      writing = writing_;
    }
    // If something is being written, its end does this.
    if (!writing) StartWritesDone();
    RemoveHold();
  }

  void Cancel() { context_.TryCancel(); }

  void OnWriteDone(bool ok) override {
    bool done = false;
    {
      absl::MutexLock lock(&mu_);
      if (!ok || waiting_.empty()) {
        writing_ = false;
        done = ok && closed_;
      } else {
        written_ = std::move(waiting_.front());
        waiting_.pop_front();
      }
      if (!writing_ && !done) return;
    }
    if (done) {
      StartWritesDone();
    } else {
      StartWrite(&written_);
    }
  }

  void OnReadDone(bool ok) override {
    if (!ok) return End();
    uint64_t token = 0;
    {
      absl::MutexLock lock(&mu_);
      if (tokens_.empty()) return;
      token = tokens_.front();
      tokens_.pop_front();
    }
    calls_.Put({token, grpc::Status::OK, std::move(response_)});
    response_ = grpc::ByteBuffer();
    StartRead(&response_);
  }

  void OnDone(const grpc::Status& /*status*/) override {
    ReplayCalls& calls = calls_;
    delete this;
    calls.CallEnded();
  }

 private:
  static grpc::Status Broken() {
    return grpc::Status(grpc::StatusCode::UNAVAILABLE,
                        "the daemon ended the pipeline");
  }

  // Nothing is answered any more.
  void End() {
    std::deque<uint64_t> tokens;
    {
      absl::MutexLock lock(&mu_);
      ended_ = true;
      tokens.swap(tokens_);
      waiting_.clear();
    }
    for (const uint64_t token : tokens) calls_.Put({token, Broken(), {}});
  }

  ReplayCalls& calls_;
  grpc::ClientContext context_;
  grpc::ByteBuffer written_;
  grpc::ByteBuffer response_;
  absl::Mutex mu_;
  std::deque<grpc::ByteBuffer> waiting_ ABSL_GUARDED_BY(mu_);
  std::deque<uint64_t> tokens_ ABSL_GUARDED_BY(mu_);  // not answered
  bool writing_ ABSL_GUARDED_BY(mu_) = false;
  bool closed_ ABSL_GUARDED_BY(mu_) = false;
  bool ended_ ABSL_GUARDED_BY(mu_) = false;
};

ReplayCalls::ReplayCalls(const std::shared_ptr<grpc::Channel>& channel,
                         absl::Duration timeout)
    : stub_(channel), timeout_(timeout) {}

ReplayCalls::~ReplayCalls() {
  for (const auto& [number, stream] : streams_) {
    stream->Cancel();
    stream->Close();
  }
  // Unary calls have a deadline.
  absl::MutexLock lock(&mu_);
  mu_.Await(absl::Condition(this, &ReplayCalls::IsIdle));
}

void ReplayCalls::SendUnary(const std::string& method, grpc::ByteBuffer request,
                            uint64_t token) {
  {
    absl::MutexLock lock(&mu_);
    ++calls_;
  }
  (new UnaryCall(this, std::move(request), token))->Start(method);
}

void ReplayCalls::SendOnStream(uint32_t stream, grpc::ByteBuffer request,
                               uint64_t token) {
  const auto [found, is_new] = streams_.try_emplace(stream, nullptr);
  if (is_new) {
    {
      absl::MutexLock lock(&mu_);
      ++calls_;
    }
    found->second = new Stream(this);
  }
  found->second->Send(std::move(request), token);
}

void ReplayCalls::CloseStream(uint32_t stream) {
  const auto found = streams_.find(stream);
  if (found == streams_.end()) return;
  found->second->Close();
  streams_.erase(found);
}

std::vector<ReplayCalls::Answer> ReplayCalls::Take(absl::Time deadline) {
  absl::MutexLock lock(&mu_);
  mu_.AwaitWithDeadline(absl::Condition(this, &ReplayCalls::HasAnswers),
                        deadline);
  std::vector<Answer> answers;
  answers.swap(answers_);
  return answers;
}

void ReplayCalls::Put(Answer answer) {
  absl::MutexLock lock(&mu_);
  answers_.push_back(std::move(answer));
}

void ReplayCalls::CallEnded() {
  absl::MutexLock lock(&mu_);
  --calls_;
}

}  // namespace heapd::heapload
