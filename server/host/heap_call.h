#ifndef HEAPD_SERVER_HOST_HEAP_CALL_H_
#define HEAPD_SERVER_HOST_HEAP_CALL_H_

#include <cstdint>
#include <memory>
#include <string>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "heap/heap.h"
#include "server/host/call_class.h"
#include "server/host/lease_table.h"
#include "server/host/mutator_lane.h"
#include "server/host/next_major.h"

namespace heapd::server {

class HostedHeap;

// What a call works on while it has the heap's lane.
class HeapAccess {
 public:
  HeapAccess(HostedHeap* hosted, Heap* heap, LeaseTable* leases, absl::Time now)
      : heap(*heap), leases(*leases), now(now), hosted_(*hosted) {}

  // Ends a session with its lease. NOT_FOUND (SESSION_EXPIRED).
  absl::Status CloseSession(SessionId session);

  // Lets `next` begin a major collection when the one that runs has ended.
  void WaitForMajor(std::shared_ptr<NextMajor> next);

  Heap& heap;
  LeaseTable& leases;  // the call's own session is renewed already
  const absl::Time now;

 private:
  HostedHeap& hosted_;
};

// What a call says about itself. The views are the call's own.
struct CallTerms {
  SessionId session = 0;         // renewed before anything else; 0 for none
  absl::string_view request_id;  // empty for none
  uint64_t fingerprint = 0;      // of the request, if it has an id
  absl::Time deadline = absl::InfiniteFuture();
  CallClass call_class = CallClass::kAdminister;
};

// One call on one heap. HostedHeap::Submit() takes it through its life:
// Execute() with the lane (again after collections, if memory was short), then
// Complete() without it. With a request id Answer() follows a success, and a
// retry is given to Replay() instead of Execute(). Not owned by the heap:
// Complete() may delete it.
class HeapCall : public LaneTask {
 public:
  explicit HeapCall(const CallTerms& terms = {}) : terms_(terms) {}

 protected:
  CallTerms& terms() { return terms_; }

  // May be called again: what an attempt that failed has put anywhere goes.
  virtual absl::Status Execute(HeapAccess& access) = 0;
  virtual void Complete(const absl::Status& status) = 0;
  // With the lane: what Replay() needs.
  virtual std::string Answer() { return std::string(); }
  virtual void Replay(const std::string& /*answer*/) {}
  // Whether nobody waits for it any more. With the lane, before the work.
  virtual bool IsCancelled() const { return false; }

 private:
  friend class HostedHeap;

  Outcome Run() final;
  void Done() final;

  CallTerms terms_;
  std::shared_ptr<HostedHeap> hosted_;
  WorkerPool* pool_ = nullptr;
  absl::Time arrived_;
  int waits_for_memory_ = 0;
  absl::Status status_;
};

// Runs `work` on the heap and waits for the end, which holds the calling
// thread: for threads of synchronous services and tests only. `pool` as for
// Submit().
absl::Status RunAndWait(const std::shared_ptr<HostedHeap>& hosted,
                        const CallTerms& terms, WorkerPool* pool,
                        absl::FunctionRef<absl::Status(HeapAccess&)> work);

}  // namespace heapd::server

#endif  // HEAPD_SERVER_HOST_HEAP_CALL_H_
