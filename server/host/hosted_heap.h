#ifndef HEAPD_SERVER_HOST_HOSTED_HEAP_H_
#define HEAPD_SERVER_HOST_HOSTED_HEAP_H_

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "absl/synchronization/notification.h"
#include "absl/time/time.h"
#include "absl/types/optional.h"
#include "heap/heap.h"
#include "server/host/admission.h"
#include "server/host/admission_counters.h"
#include "server/host/clock.h"
#include "server/host/collection_watch.h"
#include "server/host/heap_call.h"
#include "server/host/heap_counters.h"
#include "server/host/heap_meter.h"
#include "server/host/leak_census.h"
#include "server/host/leak_detector.h"
#include "server/host/lease_table.h"
#include "server/host/mutator_lane.h"
#include "server/host/next_major.h"
#include "server/host/reclaim_estimate.h"
#include "server/host/reclaim_probe.h"
#include "server/host/request_table.h"
#include "server/host/worker_pool.h"

namespace heapd::server {

// What all heaps share. Outlives them.
struct HostEnvironment {
  WorkerPool* turns = nullptr;  // short work of lanes that have much to do
  WorkerPool* collections = nullptr;  // collections and other long work
  WorkerPool* marking = nullptr;      // null: calls mark, in slices
  const Clock* clock = nullptr;
  size_t max_waiting_calls = 1024;  // of one heap
  RequestTableLimits requests = {};
  AdmissionCounters* counters = nullptr;  // null: nobody counts
  // Whether calls are refused that could not begin before their deadlines, and
  // dropped when nobody waits for them. Only a test says no.
  bool heed_deadlines = true;
  // The budget's other heaps; null: there are none.
  const ReclaimProbe* reclaim = nullptr;
  LeakOptions leak = {};
  // For tests of what a stuck heap does: this heap's lane is taken for a time
  // after its first call, on a thread of the pool.
  std::string stalled_heap = {};
  absl::Duration stall_duration = absl::ZeroDuration();
  WorkerPool* stalls = nullptr;
};

// What can be said of a heap without its lane: as of its last call.
struct HeapFigures {
  std::string heap;
  absl::Time create_time;
  uint64_t limit_bytes = 0;
  uint64_t reservation_bytes = 0;
  uint64_t used_bytes = 0;
  uint64_t committed_bytes = 0;
  uint64_t object_count = 0;
  uint64_t session_count = 0;
  uint64_t root_count = 0;
  uint64_t new_space_bytes = 0;
};

// A heap that clients share: the engine, and around it the lane, the leases of
// its sessions, the answers of requests with ids, and those who watch its
// collections. It decides when to collect: after a call, when the engine says
// that one is due, and for a call that did not get memory. That call is set
// aside until the collection ends, beside which others run, and then tried
// again. Neither holds the thread of the call.
//
// Thread-safe.
class HostedHeap : public std::enable_shared_from_this<HostedHeap> {
 public:
  // Errors of Heap::Create().
  static absl::StatusOr<std::shared_ptr<HostedHeap>> Create(
      const std::string& id, const HeapOptions& options, MemoryBudget* budget,
      const HostEnvironment& environment);
  HostedHeap(const HostedHeap&) = delete;
  HostedHeap& operator=(const HostedHeap&) = delete;

  const std::string& id() const { return id_; }
  // Which life of that id: 16 random hex digits.
  const std::string& instance() const { return instance_; }
  // For work that can take longer than about a millisecond.
  WorkerPool* long_pool() const { return environment_.collections; }

  // Takes the call through its life; its Complete() may run before this
  // returns. With a pool it runs on that pool's threads. Beside what Execute()
  // returns it can end with NOT_FOUND (SESSION_EXPIRED, HEAP_NOT_FOUND),
  // INVALID_ARGUMENT (REQUEST_ID_REUSED), RESOURCE_EXHAUSTED (OVERLOADED),
  // DEADLINE_EXCEEDED, CANCELLED.
  static void Submit(const std::shared_ptr<HostedHeap>& hosted, HeapCall* call,
                     WorkerPool* pool = nullptr);

  // Lets a major collection that runs go on, behind the calls that wait now; it
  // sees to itself from then on. After Heap::StartMajor().
  void QueueMajorStep();

  // Closes some of the sessions whose leases have ended, and forgets answers
  // that are too old, for a tenth of a millisecond with the lane; without
  // waiting for it. To be called now and then, and soon again if it says that
  // there may be more.
  bool ExpireLeases();

  // Gives all memory back; later calls and watches end with HEAP_NOT_FOUND.
  // Waits for calls that came before.
  void Close();

  // Ends the stall of a test: nothing could stop before it is over.
  void EndStall();

  HeapFigures figures() const;
  const HeapCounters& counters() const { return counters_; }
  const HeapMeter& meter() const { return meter_; }
  // Whether the heap leaks, as of its last major collection but for a moment.
  LeakVerdict leak_verdict() const { return leak_detector_.verdict(); }
  // The lane is not waited for. See MutatorLane.
  absl::Duration OldestWaitingAge() const { return lane_.OldestWaitingAge(); }
  absl::Duration StuckAge() const { return lane_.StuckAge(); }
  // Until the major collection ends that runs, about; nothing if none does.
  absl::optional<absl::Duration> TimeToReclaim() const;

  // For Admission::Admit(). `session` is 0 for none.
  CallParties Parties(uint64_t session) const {
    return {in_flight_, &lane_, session};
  }
  // Calls and bytes of the data plane that are in flight for this heap.
  const HeapInFlight& in_flight() const { return *in_flight_; }

  void AddWatch(std::shared_ptr<CollectionWatch> watch)
      ABSL_LOCKS_EXCLUDED(watch_mu_);
  void RemoveWatch(const CollectionWatch* watch) ABSL_LOCKS_EXCLUDED(watch_mu_);
  // Ends those that there are.
  void CloseWatches(const absl::Status& why) ABSL_LOCKS_EXCLUDED(watch_mu_);

 private:
  friend class HeapAccess;
  friend class HeapCall;
  class ExpiryTask;
  class MajorTask;
  class StallTask;

  HostedHeap(std::string id, uint64_t new_space_bytes,
             std::unique_ptr<Heap> heap, const HostEnvironment& environment);

  // OVERLOADED for a call that could not begin before its deadline.
  absl::Status CheckQueue(const HeapCall& call) const;
  LaneTask::Outcome RunCall(HeapCall* call);
  absl::Status Attempt(HeapCall* call) ABSL_EXCLUSIVE_LOCKS_REQUIRED(lane_);
  // DEADLINE_EXCEEDED, CANCELLED.
  absl::Status CheckWanted(const HeapCall& call) const;
  void CountDropped(const absl::Status& status, const HeapCall& call) const;
  absl::Status Renew(const HeapCall& call, absl::Time now)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(lane_);
  absl::Status ExecuteOnce(HeapCall* call, HeapAccess* access)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(lane_);
  // Sets a call aside that did not get memory, until a collection has made
  // some. False when none could, or when it has waited before.
  bool WaitForMemory(HeapCall* call) ABSL_EXCLUSIVE_LOCKS_REQUIRED(lane_);
  // Puts those back into the lane for which `is_over(const HeapCall&)` holds.
  template <typename IsOver>
  void ResumeWaiters(IsOver is_over) ABSL_EXCLUSIVE_LOCKS_REQUIRED(lane_);
  // Those that nobody wants any more: they end without a collection.
  void ResumeUnwanted() ABSL_EXCLUSIVE_LOCKS_REQUIRED(lane_);
  // Lets those begin a major collection who wait for that, if none runs.
  void BeginNextMajor() ABSL_EXCLUSIVE_LOCKS_REQUIRED(lane_);
  // Begins a collection beside the calls if one is due.
  void StartMajorIfDue() ABSL_EXCLUSIVE_LOCKS_REQUIRED(lane_);
  MajorProgress StepMajor();
  // Tells watchers, the log, the trace, what a crash would show, and those who
  // wait for memory.
  void Report(const Collection& collection) ABSL_LOCKS_EXCLUDED(watch_mu_);
  // Notes a major collection for the leak verdict, which is given elsewhere.
  void NoteForLeaks(const Collection& collection)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(lane_);
  void JudgeLeak();
  void LogLeak(const LeakVerdict& verdict) const;
  void LogCollection(const Collection& collection) const;
  std::string LineOf(const Collection& collection) const;
  // To an error that says that there is no memory.
  void AddRecentCollections(absl::Status* error) const
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(lane_);
  // The same: when a retry can help, if any can.
  void AddTimeToReclaim(absl::Status* error) const
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(lane_);
  // Until the major collection that runs, or that could be begun, ends.
  absl::Duration TimeOfMajor() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(lane_);
  // Lets others know when the collection that runs will end.
  void PublishReclaim() ABSL_EXCLUSIVE_LOCKS_REQUIRED(lane_);
  // Takes the lane after the first call, in a test.
  void StallIfAsked() ABSL_EXCLUSIVE_LOCKS_REQUIRED(lane_);
  // Closes sessions whose leases ended before `time`, for a short while, and
  // puts their memory into `*closed`; forgets answers.
  void CloseExpired(absl::Time time, std::vector<ClosedSession>* closed);
  // Has the memory of a session that held much freed by others; that of a small
  // one goes to `*small`, or at once if that is null.
  void FreeClosed(ClosedSession memory, std::vector<ClosedSession>* small);
  // Makes the figures readable for others.
  void Publish() ABSL_EXCLUSIVE_LOCKS_REQUIRED(lane_);

  const std::string id_;
  const std::string instance_;
  const uint64_t new_space_bytes_;
  const HostEnvironment environment_;
  const absl::Time create_time_;

  // Outlives the heap while an answer is on its way.
  const std::shared_ptr<HeapInFlight> in_flight_ =
      std::make_shared<HeapInFlight>();
  MutatorLane lane_;
  bool stall_due_ ABSL_GUARDED_BY(lane_);
  ReclaimEstimate reclaim_estimate_ ABSL_GUARDED_BY(lane_);
  std::atomic<bool> stall_ended_{false};
  absl::Notification stall_over_;
  std::unique_ptr<Heap> heap_ ABSL_GUARDED_BY(lane_);  // null once closed
  LeaseTable leases_ ABSL_GUARDED_BY(lane_);
  RequestTable requests_ ABSL_GUARDED_BY(lane_);
  // Calls that did not get memory, in the order of arrival; not owned.
  std::vector<HeapCall*> memory_waiters_ ABSL_GUARDED_BY(lane_);
  // Who wants to begin a major collection, in the order of arrival.
  std::deque<std::shared_ptr<NextMajor>> next_majors_ ABSL_GUARDED_BY(lane_);

  // Relaxed: each is a figure on its own, written with the lane.
  std::atomic<uint64_t> limit_bytes_{0};
  std::atomic<uint64_t> reservation_bytes_{0};
  std::atomic<uint64_t> used_bytes_{0};
  std::atomic<uint64_t> committed_bytes_{0};
  std::atomic<uint64_t> object_count_{0};
  std::atomic<uint64_t> session_count_{0};
  std::atomic<uint64_t> root_count_{0};
  std::atomic<uint64_t> answer_bytes_{0};
  // Of a lease, or of an answer that is kept.
  std::atomic<int64_t> next_end_nanos_{INT64_MAX};
  // Nanoseconds of the steady clock; 0: no major collection runs.
  std::atomic<int64_t> reclaim_end_nanos_{0};
  HeapCounters counters_;
  HeapMeter meter_;
  LeakDetector leak_detector_;
  LeakCensus leak_census_ ABSL_GUARDED_BY(lane_);
  std::atomic<bool> expiry_queued_{false};
  std::atomic<bool> major_step_queued_{false};

  absl::Mutex watch_mu_;  // after the lane in the lock order
  std::vector<std::shared_ptr<CollectionWatch>> watches_
      ABSL_GUARDED_BY(watch_mu_);
};

template <typename IsOver>
void HostedHeap::ResumeWaiters(IsOver is_over) {
  const auto resumed = std::stable_partition(
      memory_waiters_.begin(), memory_waiters_.end(),
      [&is_over](const HeapCall* call) { return !is_over(*call); });
  // The first one is put in front last.
  for (auto it = memory_waiters_.end(); it != resumed;) {
    HeapCall* const call = *--it;
    lane_.PutFirst(call, call->pool_);
  }
  memory_waiters_.erase(resumed, memory_waiters_.end());
}

// NOT_FOUND (HEAP_NOT_FOUND).
absl::Status HeapNotFound(absl::string_view id);

}  // namespace heapd::server

#endif  // HEAPD_SERVER_HOST_HOSTED_HEAP_H_
