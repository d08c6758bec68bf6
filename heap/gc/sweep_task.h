#ifndef HEAPD_HEAP_GC_SWEEP_TASK_H_
#define HEAPD_HEAP_GC_SWEEP_TASK_H_

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <functional>
#include <iterator>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "heap/base/beside_task.h"
#include "heap/base/task_runner.h"

namespace heapd {

// Sweeps pieces of a space one after the other, as a task beside the mutators,
// who take in what came of each. Without a runner the mutators' thread does
// both.
//
// One instance serves one collection. The mutators' thread calls everything.
template <typename Piece, typename Swept>
class SweepTask {
 public:
  // `sweep` is called beside mutators. See BesideTask for `runner` and
  // `on_idle`.
  SweepTask(std::vector<Piece> pieces, std::function<Swept(const Piece&)> sweep,
            TaskRunner runner, std::function<void()> on_idle)
      : pieces_(std::move(pieces)),
        sweep_(std::move(sweep)),
        task_(
            std::move(runner), [this] { return SweepNext(); },
            std::move(on_idle)) {
    if (!pieces_.empty()) task_.Resume();
  }
  SweepTask(const SweepTask&) = delete;
  SweepTask& operator=(const SweepTask&) = delete;

  // What came of at most `count` pieces, each once.
  std::vector<Swept> Take(size_t count) ABSL_LOCKS_EXCLUDED(mu_) {
    if (!task_.has_runner()) {
      for (size_t i = 0; i < count && next_ < pieces_.size(); ++i) SweepNext();
    }
    std::vector<Swept> taken;
    {
      absl::MutexLock lock(&mu_);
      const auto from = swept_.end() - std::min(count, swept_.size());
      std::move(from, swept_.end(), std::back_inserter(taken));
      swept_.erase(from, swept_.end());
    }
    taken_ += taken.size();
    ready_.fetch_sub(taken.size(), std::memory_order_relaxed);
    return taken;
  }
  // What came of all that is left.
  std::vector<Swept> TakeAll() {
    task_.Pause();
    while (next_ < pieces_.size()) SweepNext();
    return Take(pieces_.size());
  }

  // Whether everything has been taken.
  bool IsDone() const { return taken_ == pieces_.size(); }
  // Whether there will soon be `count` pieces to take, and are not yet. To take
  // each one as it comes would cost the mutators' thread more than the pieces.
  bool MustWait(size_t count) const {
    // In this order: all that a task has swept is there when it has ended.
    return task_.IsRunning() && ready_.load(std::memory_order_relaxed) < count;
  }

 private:
  // Whether none is left.
  bool SweepNext() ABSL_LOCKS_EXCLUDED(mu_) {
    Swept swept = sweep_(pieces_[next_]);
    ++next_;
    ready_.fetch_add(1, std::memory_order_relaxed);
    absl::MutexLock lock(&mu_);
    swept_.push_back(std::move(swept));
    return next_ == pieces_.size();
  }

  const std::vector<Piece> pieces_;
  const std::function<Swept(const Piece&)> sweep_;
  size_t next_ = 0;   // the task's, or the mutators' when it does not run
  size_t taken_ = 0;  // the mutators'
  std::atomic<size_t> ready_{0};  // about so many in swept_

  absl::Mutex mu_;  // a leaf of the lock order
  std::vector<Swept> swept_ ABSL_GUARDED_BY(mu_);

  BesideTask task_;  // last: it uses the others
};

}  // namespace heapd

#endif  // HEAPD_HEAP_GC_SWEEP_TASK_H_
