#include "server/host/heap_call.h"

#include <utility>

#include "absl/synchronization/notification.h"
#include "heap/base/status_macros.h"
#include "server/host/hosted_heap.h"

namespace heapd::server {
namespace {

// A call on the stack of a thread that waits for it.
class WaitedCall final : public HeapCall {
 public:
  WaitedCall(const CallTerms& terms,
             absl::FunctionRef<absl::Status(HeapAccess&)> work)
      : HeapCall(terms), work_(work) {}

  absl::Status Wait() {
    finished_.WaitForNotification();
    return result_;
  }

 private:
  absl::Status Execute(HeapAccess& access) override { return work_(access); }
  void Complete(const absl::Status& status) override {
    result_ = status;
    finished_.Notify();
  }

  const absl::FunctionRef<absl::Status(HeapAccess&)> work_;
  absl::Status result_;
  absl::Notification finished_;
};

}  // namespace

absl::Status HeapAccess::CloseSession(SessionId session) {
  ClosedSession memory;
  HEAPD_RETURN_IF_ERROR(heap.CloseSession(session, &memory));
  leases.Remove(session);
  hosted_.FreeClosed(std::move(memory), nullptr);
  return absl::OkStatus();
}

void HeapAccess::WaitForMajor(std::shared_ptr<NextMajor> next) {
  hosted_.lane_.AssertHeld();
  hosted_.next_majors_.push_back(std::move(next));
}

LaneTask::Outcome HeapCall::Run() { return hosted_->RunCall(this); }

void HeapCall::Done() {
  // Complete() may delete this; the heap then still lives to the end of it.
  const std::shared_ptr<HostedHeap> hosted = std::move(hosted_);
  const absl::Status status = std::move(status_);
  Complete(status);
}

absl::Status RunAndWait(const std::shared_ptr<HostedHeap>& hosted,
                        const CallTerms& terms, WorkerPool* pool,
                        absl::FunctionRef<absl::Status(HeapAccess&)> work) {
  WaitedCall call(terms, work);
  HostedHeap::Submit(hosted, &call, pool);
  return call.Wait();
}

}  // namespace heapd::server
