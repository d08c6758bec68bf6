#ifndef HEAPD_CLIENT_HEAPLOAD_LOAD_CALL_SENDER_H_
#define HEAPD_CLIENT_HEAPLOAD_LOAD_CALL_SENDER_H_

#include <grpcpp/completion_queue.h>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <queue>
#include <string>
#include <vector>

#include "client/heapd/batch_builder.h"
#include "client/heapload/load/answer_ring.h"
#include "client/heapload/load/call.h"
#include "client/heapload/load/clock.h"
#include "client/heapload/load/latency_histogram.h"
#include "client/heapload/load/profile.h"
#include "client/heapload/load/recorder.h"
#include "client/heapload/load/schedule.h"
#include "client/heapload/load/workspace_keeper.h"
#include "heapd/v1/object_service.grpc.pb.h"

namespace heapd::heapload {

struct CallSenderOptions {
  std::string heap;
  Nanos deadline = kNanosPerSecond;  // of a call, from its intended start
  // Which of the schedule's calls are this worker's: each `worker_count`th.
  size_t worker = 0;
  size_t worker_count = 1;
  size_t max_in_flight = 1;
  // Calls may be tried again, and so need request ids.
  bool retries = false;
  // A heap that is gone is made anew.
  bool recreate = false;
};

// Sends one worker's calls at their intended times, on a thread of its own. It
// never waits for an answer. A call whose time has passed, because this thread
// was held up, is sent at once; one that is late by more than a quarter of its
// deadline, or for which there is no room in flight, is counted and not sent.
class CallSender {
 public:
  // All but `options` outlive it. `stubs` are the connections that this worker
  // uses in turn; `profile` has begun its work.
  CallSender(CallSenderOptions options, const RunClock& clock,
             const Schedule& schedule,
             std::vector<v1::ObjectService::Stub*> stubs, Profile& profile,
             WorkspaceKeeper& keeper, Recorder& recorder,
             grpc::CompletionQueue& queue, AnswerRing<Call>& answers);
  CallSender(const CallSender&) = delete;
  CallSender& operator=(const CallSender&) = delete;

  // Until the schedule is over or `stop` is set, and every call that was sent
  // has ended; then shuts the queue down.
  void Run(const std::atomic<bool>& stop);

  // For any thread: intervals before this one get no more intended calls.
  size_t current_interval() const {
    return current_interval_.load(std::memory_order_acquire);
  }
  // When it stopped taking calls from the schedule. Once it is done.
  Nanos stopped_at() const { return stopped_at_; }
  // How long after their intended start calls were sent. For any thread.
  const LatencyHistogram& lag() const { return lag_; }

 private:
  struct LaterRetry {
    bool operator()(const Call* a, const Call* b) const {
      return a->retry_at > b->retry_at;
    }
  };

  // The next of the schedule's calls that is this worker's.
  std::optional<IntendedCall> Next();
  // Does what else there is to do until the call's time; false if stopped.
  bool WaitUntil(Nanos start, const std::atomic<bool>& stop);
  // Counts the calls that are due by `now`, which nobody will send.
  void GiveUpDue(IntendedCall call, Nanos now);
  void Start(const IntendedCall& intended);
  // A call to use, or null if there are as many on their way as may be.
  Call* TakeCall();
  // The call's request, made or, for another attempt, as it was.
  const v1::ApplyRequest& MakeRequest(Call& call);
  void Send(Call& call, const v1::ApplyRequest& request);
  void TakeAnswers();
  void TakeAnswer(Call& call);
  // Has a new workspace made, since a call says that the present one is gone.
  void AskForWorkspace(const Call& call);
  // Makes the request of a call anew in a new workspace; false, and the call is
  // put back, while there is none yet.
  bool Remake(Call& call);
  // Takes a workspace that was made anew, if one is asked for and there.
  void TakeWorkspace();
  // Sends those retries whose time has come.
  void SendRetries();
  void WaitForAnswers();

  const CallSenderOptions options_;
  const RunClock& clock_;
  ScheduleCursor cursor_;
  const std::vector<v1::ObjectService::Stub*> stubs_;
  Profile& profile_;
  WorkspaceKeeper& keeper_;
  Recorder& recorder_;
  grpc::CompletionQueue& queue_;
  AnswerRing<Call>& answers_;

  std::vector<std::unique_ptr<Call>> calls_;  // made as they are needed
  std::vector<Call*> idle_calls_;
  std::priority_queue<Call*, std::vector<Call*>, LaterRetry> retries_;
  size_t in_flight_ = 0;
  size_t next_stub_ = 0;
  uint64_t next_call_ = 0;  // of the schedule
  uint64_t next_request_ = 0;
  std::string request_id_prefix_;
  client::BatchBuilder batch_;
  v1::ApplyRequest request_;  // of calls that are sent once only
  uint64_t session_ = 0;
  bool waits_for_workspace_ = false;
  std::atomic<size_t> current_interval_{0};
  Nanos stopped_at_ = 0;
  LatencyHistogram lag_;
};

}  // namespace heapd::heapload

#endif  // HEAPD_CLIENT_HEAPLOAD_LOAD_CALL_SENDER_H_
