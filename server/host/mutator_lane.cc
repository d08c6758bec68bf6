#include "server/host/mutator_lane.h"

#include <algorithm>
#include <cstdint>
#include <thread>
#include <utility>

#include "heap/base/check.h"
#include "server/host/call_pace.h"

namespace heapd::server {
namespace {

constexpr int kTurnTasks = 32;
constexpr int64_t kTurnNanoseconds = 1'000'000;

// For how long a lane that is held is watched, and what its tasks may usually
// take for that. More gained nothing where it was measured.
constexpr int64_t kMaxWatch = 20'000;
constexpr int64_t kMaxWatchedTask = 60'000;

// Of the tasks that find the lane free, whose time is taken one by one: every
// so many.
constexpr uint64_t kTimedTasks = 16;

}  // namespace

MutatorLane::~MutatorLane() {
  HEAPD_CHECK(state_.load(std::memory_order_acquire) == 0);
}

bool MutatorLane::Run(LaneTask* task, WorkerPool* pool) {
  return RunWithin(max_waiting_, task, pool);
}

void MutatorLane::RunAlways(LaneTask* task) {
  HEAPD_CHECK(RunWithin(SIZE_MAX, task, nullptr));
}

bool MutatorLane::RunWithin(size_t max_waiting, LaneTask* task,
                            WorkerPool* pool) {
  uint32_t expected = 0;
  // Acquire: pairs with the release in NextOrLeave(), so that this thread sees
  // what the one before it did to the heap.
  if (pool == nullptr && state_.compare_exchange_strong(
                             expected, kHeld, std::memory_order_acquire)) {
    Work(task, nullptr);
    return true;
  }
  if (pool == nullptr && WatchForLane()) {
    Work(task, nullptr);
    return true;
  }
  {
    absl::MutexLock lock(&mu_);
    if (waiting_ >= max_waiting) return false;
    task->pool_ = pool;
    task->waiting_since_ = SteadyNanoseconds();
    PushBack(task);
    // Whoever has the lane finds the bit when it wants to leave. If nobody has
    // it, it is ours, and the queue was empty before.
    if ((state_.fetch_or(kHeld | kWaiting, std::memory_order_acq_rel) &
         kHeld) != 0) {
      return true;
    }
  }
  if (pool != nullptr) {
    pool->Post([this, pool] { Work(nullptr, pool); });
  } else {
    Work(nullptr, nullptr);
  }
  return true;
}

bool MutatorLane::WatchForLane() {
  const int64_t usual = task_nanos_.load(std::memory_order_relaxed);
  if (usual == 0 || usual > kMaxWatchedTask) return false;
  const int64_t end = SteadyNanoseconds() + kMaxWatch;
  do {
    uint32_t seen = state_.load(std::memory_order_relaxed);
    if ((seen & kWaiting) != 0) return false;
    // Acquire: as in RunWithin().
    if (seen == 0 && state_.compare_exchange_strong(
                         seen, kHeld, std::memory_order_acquire)) {
      return true;
    }
    // The thread that has the lane may want this processor.
    std::this_thread::yield();
  } while (SteadyNanoseconds() < end);
  return false;
}

void MutatorLane::PutFirst(LaneTask* task, WorkerPool* pool) {
  absl::MutexLock lock(&mu_);
  task->pool_ = pool;
  // The calls behind it wait for as long as they have waited before.
  task->waiting_since_ =
      first_ != nullptr ? first_->waiting_since_ : SteadyNanoseconds();
  task->next_ = first_;
  first_ = task;
  if (last_ == nullptr) last_ = task;
  waiting_count_.store(static_cast<int64_t>(++waiting_),
                       std::memory_order_relaxed);
  oldest_waiting_since_.store(task->waiting_since_, std::memory_order_relaxed);
  // Relaxed: this thread has the lane and looks at the bit itself.
  state_.fetch_or(kWaiting, std::memory_order_relaxed);
}

void MutatorLane::AssertHeld() const {
  HEAPD_DCHECK((state_.load(std::memory_order_relaxed) & kHeld) != 0);
}

absl::Duration MutatorLane::OldestWaitingAge() const {
  const int64_t since = oldest_waiting_since_.load(std::memory_order_relaxed);
  if (since == 0) return absl::ZeroDuration();
  return absl::Nanoseconds(SteadyNanoseconds() - since);
}

absl::Duration MutatorLane::StuckAge() const {
  absl::MutexLock lock(&seen_mu_);
  const uint64_t begun = begun_count_.load(std::memory_order_relaxed);
  const bool is_held = (state_.load(std::memory_order_relaxed) & kHeld) != 0;
  if (!is_held) {
    seen_since_ = 0;
    return absl::ZeroDuration();
  }
  const int64_t now = SteadyNanoseconds();
  if (seen_since_ == 0 || begun != seen_begun_count_) seen_since_ = now;
  seen_begun_count_ = begun;
  return absl::Nanoseconds(now - seen_since_);
}

absl::Duration MutatorLane::TimeToBegin() const {
  const int64_t waiting = waiting_count_.load(std::memory_order_relaxed);
  if (waiting == 0) return absl::ZeroDuration();
  // The one that has the lane, too, is somewhere on its way.
  return absl::Nanoseconds((waiting + 1) *
                           task_nanos_.load(std::memory_order_relaxed));
}

absl::Duration MutatorLane::TimeToDrain() const {
  return std::max(TimeToBegin(), OldestWaitingAge());
}

void MutatorLane::NoteBegin(Turn* turn) {
  // Not one addition: nobody else writes.
  const uint64_t begun = begun_count_.load(std::memory_order_relaxed) + 1;
  begun_count_.store(begun, std::memory_order_relaxed);
  if (turn->begun == 0 && begun % kTimedTasks == 0) {
    turn->begun = SteadyNanoseconds();
  }
}

void MutatorLane::NoteEnd(int64_t now, Turn* turn) {
  const int64_t begun = std::exchange(turn->begun, 0);
  if (begun == 0) return;
  const int64_t old = task_nanos_.load(std::memory_order_relaxed);
  // One task that takes a thousand times as long as others says little of those
  // behind it; many of them are believed soon.
  const int64_t sample = std::min(now - begun, 8 * old + 100'000);
  task_nanos_.store(old == 0 ? sample : old + (sample - old) / 8,
                    std::memory_order_relaxed);
}

void MutatorLane::Work(LaneTask* first, WorkerPool* pool) {
  Turn turn{pool};
  // What was run and waits for its Done(), oldest first.
  LaneTask* done = nullptr;
  LaneTask** done_end = &done;
  LaneTask* task = first != nullptr ? first : NextOrLeave(&turn);
  while (task != nullptr) {
    NoteBegin(&turn);
    if (task->Run() == LaneTask::Outcome::kDone) {
      task->next_ = nullptr;
      *done_end = task;
      done_end = &task->next_;
    }
    ++turn.task_count;
    task = NextOrLeave(&turn);
  }
  // The lane belongs to others now, or is gone after a Done().
  while (done != nullptr) {
    LaneTask* const finished = std::exchange(done, done->next_);
    finished->Done();
  }
}

LaneTask* MutatorLane::NextOrLeave(Turn* turn) {
  // One look at the clock, where any is needed: for the task that ended, for
  // the turn, and for the task that begins.
  int64_t now = 0;
  if (turn->begun != 0) NoteEnd(now = SteadyNanoseconds(), turn);
  uint32_t expected = kHeld;
  // Release: pairs with the acquire in Run().
  if (state_.compare_exchange_strong(expected, 0, std::memory_order_release,
                                     std::memory_order_relaxed)) {
    return nullptr;
  }
  WorkerPool* elsewhere = nullptr;
  {
    absl::MutexLock lock(&mu_);
    if (now == 0) now = SteadyNanoseconds();
    elsewhere = Elsewhere(*turn, now);
    if (elsewhere == nullptr) {
      turn->begun = now;
      if (turn->end == 0) turn->end = now + kTurnNanoseconds;
      return PopFront();
    }
  }
  // The task stays in the queue, so its waiting shows until it begins.
  elsewhere->Post([this, elsewhere] { Work(nullptr, elsewhere); });
  return nullptr;
}

WorkerPool* MutatorLane::Elsewhere(const Turn& turn, int64_t now) const {
  if (first_->pool_ != nullptr) {
    return first_->pool_ == turn.pool ? nullptr : first_->pool_;
  }
  if (turn.task_count == 0) return nullptr;
  const bool over =
      turn.task_count >= kTurnTasks || (turn.end != 0 && now >= turn.end);
  return over ? turns_ : nullptr;
}

void MutatorLane::PushBack(LaneTask* task) {
  task->next_ = nullptr;
  if (last_ != nullptr) {
    last_->next_ = task;
  } else {
    first_ = task;
    oldest_waiting_since_.store(task->waiting_since_,
                                std::memory_order_relaxed);
  }
  last_ = task;
  waiting_count_.store(static_cast<int64_t>(++waiting_),
                       std::memory_order_relaxed);
}

LaneTask* MutatorLane::PopFront() {
  LaneTask* const task = first_;
  first_ = task->next_;
  if (first_ == nullptr) {
    last_ = nullptr;
    // Relaxed: under mu_, and this thread keeps the lane.
    state_.fetch_and(~kWaiting, std::memory_order_relaxed);
  }
  waiting_count_.store(static_cast<int64_t>(--waiting_),
                       std::memory_order_relaxed);
  oldest_waiting_since_.store(first_ != nullptr ? first_->waiting_since_ : 0,
                              std::memory_order_relaxed);
  return task;
}

}  // namespace heapd::server
