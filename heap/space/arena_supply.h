#ifndef HEAPD_HEAP_SPACE_ARENA_SUPPLY_H_
#define HEAPD_HEAP_SPACE_ARENA_SUPPLY_H_

#include <algorithm>
#include <cstddef>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "heap/base/beside_task.h"
#include "heap/base/task_runner.h"

namespace heapd {

inline constexpr size_t kArenaBytes = size_t{2} << 20;

// Arenas on huge pages that are resident before the mutator needs them: for the
// first touch of a huge page it would wait until the system has cleared 2 MiB,
// up to several milliseconds on a virtual machine. Some are kept in advance,
// mapped and touched by a task of the runner. Used by one thread.
class ArenaSupply {
 public:
  // Without a runner there are none.
  explicit ArenaSupply(TaskRunner runner);
  // Waits for the task.
  ~ArenaSupply();
  ArenaSupply(const ArenaSupply&) = delete;
  ArenaSupply& operator=(const ArenaSupply&) = delete;

  // Null when none is ready. Begins with the next ones, for a heap that has so
  // many arenas.
  char* Take(size_t arena_count) ABSL_LOCKS_EXCLUDED(mu_);

  // How many are kept for it: a heap that has more takes more at a time, while
  // a marking thread that is busy is as late for it.
  static constexpr size_t WantedFor(size_t arena_count) {
    return std::min(1 + arena_count / kArenasForAnother, kMaxReady);
  }

 private:
  static constexpr size_t kMaxReady = 4;
  static constexpr size_t kArenasForAnother = 32;  // 64 MiB

  // One of them, if there are too few; true when there are enough.
  bool Prepare() ABSL_LOCKS_EXCLUDED(mu_);

  absl::Mutex mu_;  // a leaf of the lock order
  std::vector<char*> ready_ ABSL_GUARDED_BY(mu_);
  size_t wanted_ ABSL_GUARDED_BY(mu_) = 1;
  BesideTask task_;  // last: it uses the others
};

}  // namespace heapd

#endif  // HEAPD_HEAP_SPACE_ARENA_SUPPLY_H_
