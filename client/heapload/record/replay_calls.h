#ifndef HEAPD_CLIENT_HEAPLOAD_RECORD_REPLAY_CALLS_H_
#define HEAPD_CLIENT_HEAPLOAD_RECORD_REPLAY_CALLS_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "grpcpp/channel.h"
#include "grpcpp/generic/generic_stub.h"
#include "grpcpp/support/byte_buffer.h"
#include "grpcpp/support/status.h"

namespace heapd::heapload {

// The calls of a replay on their way: sends without waiting, and gives back
// what was answered. One thread sends and takes.
class ReplayCalls {
 public:
  struct Answer {
    uint64_t token = 0;  // of the call
    grpc::Status status;
    grpc::ByteBuffer response;
  };

  // `timeout`: of a unary call. A Pipeline has none.
  ReplayCalls(const std::shared_ptr<grpc::Channel>& channel,
              absl::Duration timeout);
  // Cancels what is in flight and waits for its end.
  ~ReplayCalls();
  ReplayCalls(const ReplayCalls&) = delete;
  ReplayCalls& operator=(const ReplayCalls&) = delete;

  void SendUnary(const std::string& method, grpc::ByteBuffer request,
                 uint64_t token);
  // On the Pipeline with this number, which is opened with its first request.
  // Requests of one are answered in their order.
  void SendOnStream(uint32_t stream, grpc::ByteBuffer request, uint64_t token);
  // No more requests come on it.
  void CloseStream(uint32_t stream);

  // What was answered since the last time; waits for an answer until
  // `deadline`. Empty if there was none.
  std::vector<Answer> Take(absl::Time deadline);

 private:
  class UnaryCall;
  class Stream;

  void Put(Answer answer);
  void CallEnded();
  bool HasAnswers() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_) {
    return !answers_.empty();
  }
  bool IsIdle() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_) { return calls_ == 0; }

  grpc::GenericStub stub_;
  const absl::Duration timeout_;
  absl::flat_hash_map<uint32_t, Stream*> streams_;

  absl::Mutex mu_;
  std::vector<Answer> answers_ ABSL_GUARDED_BY(mu_);
  int calls_ ABSL_GUARDED_BY(mu_) = 0;  // that gRPC is not done with
};

}  // namespace heapd::heapload

#endif  // HEAPD_CLIENT_HEAPLOAD_RECORD_REPLAY_CALLS_H_
