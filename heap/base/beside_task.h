#ifndef HEAPD_HEAP_BASE_BESIDE_TASK_H_
#define HEAPD_HEAP_BASE_BESIDE_TASK_H_

#include <atomic>
#include <functional>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "heap/base/task_runner.h"

namespace heapd {

// Work beside the mutators of a heap: a task of a runner that does one
// piece after the other until nothing is left or it is told to pause. What the
// pieces work on belongs to the task while it runs, else to the mutators.
//
// The mutators' thread calls everything.
class BesideTask {
 public:
  // `work` does a piece, of about 100 microseconds, and says whether nothing is
  // left. `on_idle` is called, on a thread of the runner, when the task ends
  // for that reason. Without a runner the task never runs.
  BesideTask(TaskRunner runner, std::function<bool()> work,
             std::function<void()> on_idle);
  // As Pause().
  ~BesideTask() { Pause(); }
  BesideTask(const BesideTask&) = delete;
  BesideTask& operator=(const BesideTask&) = delete;

  bool has_runner() const { return runner_ != nullptr; }
  // Lets the task run, if it does not yet.
  void Resume() ABSL_LOCKS_EXCLUDED(mu_);
  // Asked for after each batch, so without the lock. What the task did before
  // it ended is seen by whoever sees that it has.
  bool IsRunning() const { return running_.load(std::memory_order_acquire); }
  // Waits until the task has ended, after its current piece.
  void Pause() ABSL_LOCKS_EXCLUDED(mu_);

 private:
  // After so many pieces the task goes to the back of the runner's queue.
  static constexpr int kTurnPieces = 64;

  void Run() ABSL_LOCKS_EXCLUDED(mu_);

  const TaskRunner runner_;
  const std::function<bool()> work_;
  const std::function<void()> on_idle_;
  std::atomic<bool> pausing_{false};
  absl::Mutex mu_;                    // a leaf of the lock order
  std::atomic<bool> running_{false};  // changes with mu_ held
};

}  // namespace heapd

#endif  // HEAPD_HEAP_BASE_BESIDE_TASK_H_
