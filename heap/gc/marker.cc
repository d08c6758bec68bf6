#include "heap/gc/marker.h"

#include <cstdint>
#include <utility>

#include "heap/base/check.h"

namespace heapd {

Marker::Marker(HeapParts* parts, TaskRunner runner,
               std::function<void()> on_idle)
    : parts_(parts),
      runner_(std::move(runner)),
      on_idle_(std::move(on_idle)),
      is_empty_(parts->table.live_count() == 0),
      worklist_(parts->table.end()) {
  parts->marks.Reset(parts->table.end());
  loop_.emplace(&parts->table, parts->marks.cursor(), worklist_.cursor(),
                &weak_objects_);
}

Marker::~Marker() { Pause(); }

void Marker::ReachHolds() {
  MarkingLoop loop(*loop_);
  for (const auto& [name, object] : parts_->roots.map()) loop.Reach(object);
  for (const auto& [id, session] : parts_->sessions.map()) {
    session->ForEachHold([&loop](Index object) { loop.Reach(object); });
  }
  loop_.emplace(loop);
}

bool Marker::TakeShaded() {
  const std::vector<Index> shaded = parts_->barrier.Take();
  for (const Index index : shaded) loop_->Reach(index);
  return !shaded.empty();
}

bool Marker::Mark(size_t budget) {
  if (is_empty_) return true;
  MarkingLoop loop(*loop_);
  const bool done = loop.Drain(budget);
  loop_.emplace(loop);
  // What was shaded comes last: most of it will have been marked by then.
  return done && !TakeShaded();
}

void Marker::Resume() {
  if (!runner_) return;
  {
    absl::MutexLock lock(&mu_);
    if (std::exchange(task_running_, true)) return;
  }
  // Relaxed, here and below: the runner and mu_ order everything else.
  pausing_.store(false, std::memory_order_relaxed);
  runner_([this] { RunTask(); });
}

bool Marker::IsTaskRunning() const {
  absl::MutexLock lock(&mu_);
  return task_running_;
}

void Marker::Pause() {
  pausing_.store(true, std::memory_order_relaxed);
  absl::MutexLock lock(&mu_);
  mu_.Await(absl::Condition(
      +[](bool* running) { return !*running; }, &task_running_));
}

void Marker::RunTask() {
  bool done = false;
  for (int i = 0; !done && !pausing_.load(std::memory_order_relaxed); ++i) {
    if (i == kTurnBudgets) {
      runner_([this] { RunTask(); });
      return;
    }
    done = Mark(kTaskBudget);
  }
  // The marker may be gone once the task does not run any more.
  const std::function<void()> on_idle = done ? on_idle_ : nullptr;
  {
    absl::MutexLock lock(&mu_);
    task_running_ = false;
  }
  if (on_idle) on_idle();
}

}  // namespace heapd
