#ifndef HEAPD_HEAP_SPACE_ARENA_SUPPLY_H_
#define HEAPD_HEAP_SPACE_ARENA_SUPPLY_H_

#include <cstddef>

#include "heap/base/beside_task.h"
#include "heap/base/task_runner.h"

namespace heapd {

inline constexpr size_t kArenaBytes = size_t{2} << 20;

// Arenas on huge pages that are resident before the mutator needs them: for the
// first touch of a huge page it would wait until the system has cleared 2 MiB,
// up to several milliseconds on a virtual machine. One is kept in advance,
// mapped and touched by a task of the runner; the mutator maps none itself
// then, which would have to wait for the clearing as well. Used by one thread.
class ArenaSupply {
 public:
  // Without a runner there are none.
  explicit ArenaSupply(TaskRunner runner);
  // Waits for the task.
  ~ArenaSupply();
  ArenaSupply(const ArenaSupply&) = delete;
  ArenaSupply& operator=(const ArenaSupply&) = delete;

  // Null when none is ready. Begins with the next one.
  char* Take();

 private:
  void Prepare();

  char* ready_ = nullptr;  // the task's while it runs
  BesideTask task_;        // last: it uses the other
};

}  // namespace heapd

#endif  // HEAPD_HEAP_SPACE_ARENA_SUPPLY_H_
