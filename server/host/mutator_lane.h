#ifndef HEAPD_SERVER_HOST_MUTATOR_LANE_H_
#define HEAPD_SERVER_HOST_MUTATOR_LANE_H_

#include <atomic>
#include <cstddef>
#include <cstdint>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "server/host/worker_pool.h"

namespace heapd::server {

// Work that needs the mutator lane of a heap.
class LaneTask {
 public:
  enum class Outcome {
    kDone,  // Done() follows
    kKept,  // it is in other hands, or back in the lane by PutFirst()
  };

  virtual ~LaneTask() = default;

  // With the lane. Must not wait.
  virtual Outcome Run() = 0;

  // Once, without the lane, on the thread of the last Run(). May delete the
  // task, and drop the last reference to what the lane belongs to.
  virtual void Done() = 0;

 private:
  friend class MutatorLane;

  LaneTask* next_ = nullptr;
  WorkerPool* pool_ = nullptr;  // where to run; null: anywhere
  int64_t waiting_since_ = 0;   // nanoseconds of the steady clock
};

// The mutator lock of a heap, as a lock whose waiters hold no thread.
//
// Whoever finds the lane free takes it and runs its task at once; otherwise the
// task is queued, and whoever has the lane runs it, in the order of arrival.
// Where tasks are short and none waits, the lane is first watched for a moment
// (20 us): a task that is left to another thread leaves its own without work,
// and costs two wakeups more. Two connections, batches of 1,024, clients in
// another process, two cores: 27 million operations a second without it, 35
// with it.
// After a turn (a few tasks or about a millisecond) what is left goes on in
// `turns`, so that no caller works for others without end. A task that may take
// long names a pool of its own and runs there only. So no RPC thread ever waits
// for a heap but for that moment.
//
// Thread-safe. A task is not owned; it keeps alive what the lane belongs to.
class ABSL_LOCKABLE MutatorLane {
 public:
  // At most `max_waiting` tasks wait. REQUIRES: `turns` outlives the lane.
  MutatorLane(WorkerPool* turns, size_t max_waiting)
      : turns_(turns), max_waiting_(max_waiting) {}
  // REQUIRES: nobody has the lane or waits for it.
  ~MutatorLane();
  MutatorLane(const MutatorLane&) = delete;
  MutatorLane& operator=(const MutatorLane&) = delete;

  // Runs the task now or queues it. False, and the task untouched, when the
  // queue is full. With a pool it runs on that pool's threads only.
  // REQUIRES: the caller keeps alive what the lane belongs to.
  bool Run(LaneTask* task, WorkerPool* pool = nullptr) ABSL_LOCKS_EXCLUDED(mu_);

  // The same for what the heap itself has to do, which no limit keeps out.
  void RunAlways(LaneTask* task) ABSL_LOCKS_EXCLUDED(mu_);

  // Puts a task in front of all that wait, however many those are. For what has
  // the lane, and puts back a task that had it before.
  void PutFirst(LaneTask* task, WorkerPool* pool = nullptr)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(this);

  // Tells the compiler what a task knows. Checks that somebody has the lane.
  void AssertHeld() const ABSL_ASSERT_EXCLUSIVE_LOCK();

  // How long the first in the queue has waited; zero when none waits. Takes no
  // lock.
  absl::Duration OldestWaitingAge() const;

  // For how long no task has come to its end though one has the lane, as far as
  // those know who ask this now and then: from the first time that they saw it.
  // Zero when the lane is free. Never waits for a task.
  absl::Duration StuckAge() const ABSL_LOCKS_EXCLUDED(seen_mu_);

  // When a task that is queued now would begin, by what tasks took lately; zero
  // when none waits. Takes no lock.
  absl::Duration TimeToBegin() const;
  // The same, but at least as long as the first one has waited already: a lane
  // that is stuck promises nothing.
  absl::Duration TimeToDrain() const;

 private:
  bool RunWithin(size_t max_waiting, LaneTask* task, WorkerPool* pool)
      ABSL_LOCKS_EXCLUDED(mu_);
  // What the thread that has the lane may do in one go.
  struct Turn {
    WorkerPool* pool;  // whose thread it is; null for an RPC thread
    int task_count = 0;
    int64_t end = 0;    // nanoseconds of the steady clock
    int64_t begun = 0;  // the task that runs, if its time is taken
  };

  // Bits of state_.
  static constexpr uint32_t kHeld = 1;
  static constexpr uint32_t kWaiting = 2;  // the queue is not empty

  // Takes the lane if it is given back within a moment, and none waits.
  bool WatchForLane();
  // REQUIRES: the caller has the lane. Gives it away in the end.
  void Work(LaneTask* first, WorkerPool* pool) ABSL_LOCKS_EXCLUDED(mu_);
  // The next task of this turn; null when the lane was given back or away.
  LaneTask* NextOrLeave(Turn* turn) ABSL_LOCKS_EXCLUDED(mu_);
  // Where the first task must run instead of here; null to run it here.
  WorkerPool* Elsewhere(const Turn& turn, int64_t now) const
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  // Whoever has the lane counts a task that begins, and takes the time of one
  // that ended.
  void NoteBegin(Turn* turn);
  void NoteEnd(int64_t now, Turn* turn);
  void PushBack(LaneTask* task) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  LaneTask* PopFront() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);

  WorkerPool* const turns_;
  const size_t max_waiting_;
  std::atomic<uint32_t> state_{0};
  // Of first_, or 0. Relaxed: a figure on its own.
  std::atomic<int64_t> oldest_waiting_since_{0};
  // Relaxed, as the next two: estimates from figures on their own, which only
  // whoever has the lane writes (waiting_count_: under mu_).
  std::atomic<uint64_t> begun_count_{0};
  std::atomic<int64_t> task_nanos_{0};  // a moving average; 0: unknown
  std::atomic<int64_t> waiting_count_{0};

  mutable absl::Mutex seen_mu_;  // a leaf of the lock order
  mutable uint64_t seen_begun_count_ ABSL_GUARDED_BY(seen_mu_) = 0;
  mutable int64_t seen_since_ ABSL_GUARDED_BY(seen_mu_) = 0;  // 0: was free

  absl::Mutex mu_;  // before WorkerPool's in the lock order
  LaneTask* first_ ABSL_GUARDED_BY(mu_) = nullptr;
  LaneTask* last_ ABSL_GUARDED_BY(mu_) = nullptr;
  size_t waiting_ ABSL_GUARDED_BY(mu_) = 0;
};

}  // namespace heapd::server

#endif  // HEAPD_SERVER_HOST_MUTATOR_LANE_H_
