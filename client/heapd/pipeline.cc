#include "client/heapd/pipeline.h"

#include <deque>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "client/heapd/heap_metadata.h"
#include "client/heapd/status.h"

namespace heapd::client {

// The stream. gRPC calls the On...() functions on its own threads; a read is
// always under way, so that the daemon is never kept from answering by a caller
// that is busy sending.
class Pipeline::Stream : public grpc::ClientBidiReactor<v1::PipelineRequest,
                                                        v1::PipelineResponse> {
 public:
  Stream(std::shared_ptr<Connection> connection,
         std::shared_ptr<v1::ObjectService::Stub> stub, std::string heap,
         SessionId session, const PipelineOptions& options)
      : connection_(std::move(connection)),
        stub_(std::move(stub)),
        options_(options),
        heap_(std::move(heap)),
        session_(session) {
    connection_->Prepare(context_, absl::InfiniteFuture());
    NameHeap(heap_, context_);
    stub_->async()->Pipeline(&context_, this);
    // Keeps the stream from ending while someone may still start a write.
    AddHold();
    StartRead(&response_);
    StartCall();
  }

  ~Stream() override {
    context_.TryCancel();
    End().IgnoreError();
  }

  size_t outstanding() const ABSL_LOCKS_EXCLUDED(mu_) {
    absl::MutexLock lock(&mu_);
    return shapes_.size();
  }

  bool HasRoom() const ABSL_LOCKS_EXCLUDED(mu_) {
    absl::MutexLock lock(&mu_);
    return RoomOrEnd();
  }

  absl::Status WaitForRoom() ABSL_LOCKS_EXCLUDED(mu_);
  absl::Status Send(BatchBuilder&& batch) ABSL_LOCKS_EXCLUDED(mu_);
  absl::StatusOr<BatchReader> Receive() ABSL_LOCKS_EXCLUDED(mu_);
  absl::Status Finish() ABSL_LOCKS_EXCLUDED(mu_);

  void OnWriteDone(bool) override ABSL_LOCKS_EXCLUDED(mu_) {
    absl::MutexLock lock(&mu_);
    writing_ = false;
  }

  void OnReadDone(bool delivered) override ABSL_LOCKS_EXCLUDED(mu_) {
    {
      absl::MutexLock lock(&mu_);
      if (delivered) {
        answers_.push_back(std::move(response_));
      } else {
        ended_ = true;
      }
    }
    if (delivered) StartRead(&response_);
  }

  void OnDone(const grpc::Status& status) override ABSL_LOCKS_EXCLUDED(mu_) {
    absl::MutexLock lock(&mu_);
    status_ = ToAbslStatus(status);
    done_ = true;
  }

 private:
  bool RoomOrEnd() const ABSL_SHARED_LOCKS_REQUIRED(mu_) {
    return ended_ || finishing_ || shapes_.size() < options_.max_outstanding;
  }
  bool CanWrite() const ABSL_SHARED_LOCKS_REQUIRED(mu_) {
    return ended_ || !writing_;
  }
  bool AnswerOrEnd() const ABSL_SHARED_LOCKS_REQUIRED(mu_) {
    return ended_ || !answers_.empty();
  }
  bool NotWriting() const ABSL_SHARED_LOCKS_REQUIRED(mu_) { return !writing_; }
  bool Done() const ABSL_SHARED_LOCKS_REQUIRED(mu_) { return done_; }

  using StateCondition = bool (Stream::*)() const;
  // Waits for `condition`, or cancels the stream when that takes too long.
  absl::Status Await(StateCondition condition)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  // Waits for what is sure to come.
  void WaitFor(StateCondition condition) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  // Makes the batch the next write.
  void TakeRequest(BatchBuilder&& batch) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  // Waits for the stream's end and returns its status.
  absl::Status End() ABSL_LOCKS_EXCLUDED(mu_);
  // The same for a stream that ended by itself: never OK.
  absl::Status BrokenStatus() ABSL_LOCKS_EXCLUDED(mu_);

  const std::shared_ptr<Connection> connection_;
  const std::shared_ptr<v1::ObjectService::Stub> stub_;
  const PipelineOptions options_;
  // Sent with the first batch only; the daemon remembers them.
  std::string heap_;
  SessionId session_;
  grpc::ClientContext context_;
  // Each belongs to gRPC while a read or a write is under way, and to the next
  // reader or writer after it.
  v1::PipelineRequest request_;
  v1::PipelineResponse response_;

  mutable absl::Mutex mu_;
  std::deque<BatchShape> shapes_ ABSL_GUARDED_BY(mu_);  // sent, not received
  std::deque<v1::PipelineResponse> answers_ ABSL_GUARDED_BY(mu_);
  bool writing_ ABSL_GUARDED_BY(mu_) = false;
  bool finishing_ ABSL_GUARDED_BY(mu_) = false;  // the hold is gone
  bool ended_ ABSL_GUARDED_BY(mu_) = false;      // no more answers come
  bool done_ ABSL_GUARDED_BY(mu_) = false;       // gRPC is through with this
  absl::Status status_ ABSL_GUARDED_BY(mu_);
};

absl::Status Pipeline::Stream::Await(StateCondition condition) {
  const auto met = [this, condition] { return (this->*condition)(); };
  if (mu_.AwaitWithTimeout(absl::Condition(&met), options_.progress_timeout)) {
    return absl::OkStatus();
  }
  context_.TryCancel();
  return absl::DeadlineExceededError("the pipeline made no progress");
}

void Pipeline::Stream::WaitFor(StateCondition condition) {
  const auto met = [this, condition] { return (this->*condition)(); };
  mu_.Await(absl::Condition(&met));
}

absl::Status Pipeline::Stream::WaitForRoom() {
  {
    absl::MutexLock lock(&mu_);
    if (absl::Status status = Await(&Stream::RoomOrEnd); !status.ok()) {
      return status;
    }
    if (!ended_) return absl::OkStatus();
  }
  return BrokenStatus();
}

absl::Status Pipeline::Stream::Send(BatchBuilder&& batch) {
  bool taken = false;
  {
    absl::MutexLock lock(&mu_);
    if (!RoomOrEnd()) {
      return absl::FailedPreconditionError(
          "too many batches are outstanding: receive one first");
    }
    if (finishing_ && !ended_) {
      return absl::FailedPreconditionError("the pipeline is finished");
    }
    if (absl::Status status = Await(&Stream::CanWrite); !status.ok()) {
      return status;
    }
    taken = !ended_;
    if (taken) TakeRequest(std::move(batch));
  }
  if (!taken) return BrokenStatus();
  // Outside the lock, which gRPC's callbacks take. `writing_` keeps the request
  // and the stream alive until the write is done.
  StartWrite(&request_);
  return absl::OkStatus();
}

void Pipeline::Stream::TakeRequest(BatchBuilder&& batch) {
  request_.Clear();
  request_.set_heap(std::exchange(heap_, ""));
  request_.set_session(std::exchange(session_, SessionId()).value());
  *request_.mutable_batch() = batch.Take();
  shapes_.emplace_back(request_.batch());
  writing_ = true;
}

absl::StatusOr<BatchReader> Pipeline::Stream::Receive() {
  BatchShape shape;
  v1::PipelineResponse answer;
  {
    absl::MutexLock lock(&mu_);
    if (shapes_.empty()) {
      return absl::FailedPreconditionError("no batch is outstanding");
    }
    if (absl::Status status = Await(&Stream::AnswerOrEnd); !status.ok()) {
      return status;
    }
    if (!answers_.empty()) {
      shape = std::move(shapes_.front());
      shapes_.pop_front();
      answer = std::move(answers_.front());
      answers_.pop_front();
    }
  }
  switch (answer.outcome_case()) {
    case v1::PipelineResponse::kResult:
      return BatchReader::Create(std::move(shape),
                                 std::move(*answer.mutable_result()));
    case v1::PipelineResponse::kError:
      return ToAbslStatus(answer.error());
    case v1::PipelineResponse::OUTCOME_NOT_SET:
      break;
  }
  return BrokenStatus();
}

absl::Status Pipeline::Stream::Finish() { return End(); }

absl::Status Pipeline::Stream::End() {
  bool first = false;
  {
    absl::MutexLock lock(&mu_);
    // Cancels if need be; then the write ends for sure.
    Await(&Stream::NotWriting).IgnoreError();
    WaitFor(&Stream::NotWriting);
    first = !std::exchange(finishing_, true);
  }
  if (first) {
    StartWritesDone();
    RemoveHold();
  }
  absl::MutexLock lock(&mu_);
  Await(&Stream::Done).IgnoreError();
  WaitFor(&Stream::Done);
  return status_;
}

absl::Status Pipeline::Stream::BrokenStatus() {
  absl::Status status = End();
  if (!status.ok()) return status;
  return absl::UnavailableError("the daemon ended the pipeline");
}

Pipeline::Pipeline(std::shared_ptr<Connection> connection,
                   std::shared_ptr<v1::ObjectService::Stub> stub,
                   std::string heap, SessionId session,
                   const PipelineOptions& options)
    : stream_(std::make_unique<Stream>(std::move(connection), std::move(stub),
                                       std::move(heap), session, options)) {}

Pipeline::~Pipeline() = default;

size_t Pipeline::outstanding() const { return stream_->outstanding(); }

bool Pipeline::HasRoom() const { return stream_->HasRoom(); }

absl::Status Pipeline::WaitForRoom() { return stream_->WaitForRoom(); }

absl::Status Pipeline::Send(BatchBuilder&& batch) {
  return stream_->Send(std::move(batch));
}

absl::StatusOr<BatchReader> Pipeline::Receive() { return stream_->Receive(); }

absl::Status Pipeline::Finish() { return stream_->Finish(); }

}  // namespace heapd::client
