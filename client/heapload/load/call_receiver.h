#ifndef HEAPD_CLIENT_HEAPLOAD_LOAD_CALL_RECEIVER_H_
#define HEAPD_CLIENT_HEAPLOAD_LOAD_CALL_RECEIVER_H_

#include <grpcpp/completion_queue.h>

#include <optional>

#include "absl/random/random.h"
#include "absl/status/status.h"
#include "absl/time/time.h"
#include "client/heapd/retry.h"
#include "client/heapload/load/answer_ring.h"
#include "client/heapload/load/call.h"
#include "client/heapload/load/clock.h"
#include "client/heapload/load/error_classes.h"
#include "client/heapload/load/recorder.h"

namespace heapd::heapload {

struct CallReceiverOptions {
  // `max_attempts` of 1 never tries again.
  client::RetryOptions retry;
  // Calls that found the heap or their session gone are tried again too.
  bool recreate = false;
};

// Takes the answers of one worker's calls off their queue, on a thread of its
// own that does nothing else: the time of an answer is when it came, not when a
// thread that paces calls got round to it. Counts each call that ended and
// hands it back to the sender, to which also calls go that are to be tried
// again.
class CallReceiver {
 public:
  // All but `options` outlive it.
  CallReceiver(const RunClock& clock, const CallReceiverOptions& options,
               ErrorClasses& classes, Recorder& recorder,
               grpc::CompletionQueue& queue, AnswerRing<Call>& answers);
  CallReceiver(const CallReceiver&) = delete;
  CallReceiver& operator=(const CallReceiver&) = delete;

  // Until the queue is shut down and empty.
  void Run();

 private:
  void Finish(Call& call, Nanos now);
  // Whether it shall be tried again; then says when.
  bool WillRetry(Call& call, const absl::Status& status, Nanos now);
  std::optional<absl::Duration> RetryDelay(const Call& call,
                                           const absl::Status& status,
                                           Nanos now);

  const RunClock& clock_;
  const CallReceiverOptions options_;
  ErrorClassCache classes_;
  Recorder& recorder_;
  grpc::CompletionQueue& queue_;
  AnswerRing<Call>& answers_;
  absl::BitGen random_;  // of the jitter of retries
};

}  // namespace heapd::heapload

#endif  // HEAPD_CLIENT_HEAPLOAD_LOAD_CALL_RECEIVER_H_
