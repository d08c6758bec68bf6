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
  {
    absl::MutexLock lock(&mu_);
    if (std::exchange(running_, true)) return;
  }
  // Relaxed, here and below: the runner and mu_ order everything else.
  pausing_.store(false, std::memory_order_relaxed);
  runner_([this] { Run(); });
}

bool BesideTask::IsRunning() const {
  absl::MutexLock lock(&mu_);
  return running_;
}

void BesideTask::Pause() {
  pausing_.store(true, std::memory_order_relaxed);
  absl::MutexLock lock(&mu_);
  mu_.Await(absl::Condition(
      +[](bool* running) { return !*running; }, &running_));
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
    running_ = false;
  }
  if (on_idle) on_idle();
}

}  // namespace heapd
