#include "heap/base/beside_task.h"

#include <utility>

namespace heapd {

BesideTask::BesideTask(TaskRunner runner, std::function<bool()> work,
                       std::function<void()> on_idle)
    : runner_(std::move(runner)),
      work_(std::move(work)),
      on_idle_(std::move(on_idle)) {}

void BesideTask::Resume() {
  if (!has_runner()) return;
  if (IsRunning()) return;
  {
    absl::MutexLock lock(&mu_);
    running_.store(true, std::memory_order_relaxed);
  }
  // Relaxed, here and below: the runner and mu_ order everything else.
  pausing_.store(false, std::memory_order_relaxed);
  runner_([this] { Run(); });
}

void BesideTask::Pause() {
  pausing_.store(true, std::memory_order_relaxed);
  absl::MutexLock lock(&mu_);
  mu_.Await(absl::Condition(
      +[](BesideTask* task) { return !task->IsRunning(); }, this));
}

void BesideTask::Run() {
  bool done = false;
  for (int i = 0; !done && !pausing_.load(std::memory_order_relaxed); ++i) {
    if (i == kTurnPieces) {
      runner_([this] { Run(); });
      return;
    }
    done = work_();
  }
  // This may be gone once the task does not run any more.
  const std::function<void()> on_idle = done ? on_idle_ : nullptr;
  {
    absl::MutexLock lock(&mu_);
    running_.store(false, std::memory_order_release);
  }
  if (on_idle) on_idle();
}

}  // namespace heapd
