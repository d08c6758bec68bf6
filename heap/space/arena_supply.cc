#include "heap/space/arena_supply.h"

#include <utility>

#include "heap/base/reservation.h"

namespace heapd {

ArenaSupply::ArenaSupply(TaskRunner runner)
    : task_(
          std::move(runner),
          [this] {
            Prepare();
            return true;
          },
          nullptr) {}

ArenaSupply::~ArenaSupply() {
  task_.Pause();
  if (ready_ != nullptr) Unmap(ready_, kArenaBytes);
}

char* ArenaSupply::Take() {
  if (!task_.has_runner() || task_.IsRunning()) return nullptr;
  char* const arena = std::exchange(ready_, nullptr);
  task_.Resume();
  return arena;
}

void ArenaSupply::Prepare() {
  ready_ = MapAligned(kArenaBytes, kArenaBytes);
  if (ready_ == nullptr) return;
  AdviseHugePages(ready_, kArenaBytes);
  PopulateMemory(ready_, kArenaBytes);
}

}  // namespace heapd
