#ifndef HEAPD_CLIENT_HEAPLOAD_LOAD_WORKER_H_
#define HEAPD_CLIENT_HEAPLOAD_LOAD_WORKER_H_

#include <grpcpp/completion_queue.h>

#include <atomic>
#include <cstddef>
#include <memory>
#include <thread>
#include <vector>

#include "client/heapload/load/answer_ring.h"
#include "client/heapload/load/call.h"
#include "client/heapload/load/call_receiver.h"
#include "client/heapload/load/call_sender.h"
#include "client/heapload/load/error_classes.h"
#include "client/heapload/load/profile.h"
#include "client/heapload/load/recorder.h"
#include "client/heapload/load/workspace_keeper.h"
#include "heapd/v1/object_service.grpc.pb.h"

namespace heapd::heapload {

struct WorkerOptions {
  CallSenderOptions sender;
  CallReceiverOptions receiver;
  RecorderShape shape;
};

// One stream of calls: a session with its profile, a thread that sends and one
// that receives. Order: construct, Start(), Join(). One thread does that;
// others may look at the counts.
class Worker {
 public:
  // All but `options` outlive it.
  Worker(const WorkerOptions& options, const RunClock& clock,
         const Schedule& schedule,
         const std::vector<v1::ObjectService::Stub*>& stubs,
         std::unique_ptr<Profile> profile, WorkspaceKeeper& keeper,
         ErrorClasses& classes);
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  // Until the schedule is over or `stop` is set, which outlives it.
  void Start(const std::atomic<bool>& stop);
  void Join();
  // Both threads did all they had to. For any thread.
  bool is_done() const { return done_.load(std::memory_order_acquire); }

  const CallSender& sender() const { return sender_; }
  // What the sender and what the receiver counted.
  Recorder& sent() { return sent_; }
  Recorder& received() { return received_; }

 private:
  std::unique_ptr<Profile> profile_;
  Recorder sent_;
  Recorder received_;
  grpc::CompletionQueue queue_;
  AnswerRing<Call> answers_;
  CallSender sender_;
  CallReceiver receiver_;
  std::atomic<bool> done_{false};
  std::thread sending_;
  std::thread receiving_;
};

}  // namespace heapd::heapload

#endif  // HEAPD_CLIENT_HEAPLOAD_LOAD_WORKER_H_
