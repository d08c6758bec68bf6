#include "heap/space/arena_supply.h"

#include "heap/base/reservation.h"

namespace heapd {

ArenaSupply::~ArenaSupply() {
  absl::MutexLock lock(&mu_);
  mu_.Await(absl::Condition(
      +[](bool* preparing) { return !*preparing; }, &preparing_));
  if (ready_ != nullptr) Unmap(ready_, kArenaBytes);
}

char* ArenaSupply::Take() {
  if (!runner_) return nullptr;
  char* arena = nullptr;
  {
    absl::MutexLock lock(&mu_);
    arena = std::exchange(ready_, nullptr);
    if (std::exchange(preparing_, true)) return arena;
  }
  runner_([this] { Prepare(); });
  return arena;
}

void ArenaSupply::Prepare() {
  char* const arena = MapAligned(kArenaBytes, kArenaBytes);
  if (arena != nullptr) {
    AdviseHugePages(arena, kArenaBytes);
    PopulateMemory(arena, kArenaBytes);
  }
  absl::MutexLock lock(&mu_);
  ready_ = arena;
  preparing_ = false;
}

}  // namespace heapd
