#include "heap/space/arena_supply.h"

#include <utility>

#include "heap/base/reservation.h"

namespace heapd {

ArenaSupply::ArenaSupply(TaskRunner runner)
    : task_(
          std::move(runner), [this] { return Prepare(); }, nullptr) {}

ArenaSupply::~ArenaSupply() {
  task_.Pause();
  absl::MutexLock lock(&mu_);
  for (char* const arena : ready_) Unmap(arena, kArenaBytes);
}

char* ArenaSupply::Take(size_t arena_count) {
  if (!task_.has_runner()) return nullptr;
  char* arena = nullptr;
  {
    absl::MutexLock lock(&mu_);
    wanted_ = WantedFor(arena_count);
    if (!ready_.empty()) {
      arena = ready_.back();
      ready_.pop_back();
    }
  }
  task_.Resume();
  return arena;
}

bool ArenaSupply::Prepare() {
  {
    absl::MutexLock lock(&mu_);
    if (ready_.size() >= wanted_) return true;
  }
  char* const arena = MapAligned(kArenaBytes, kArenaBytes);
  if (arena == nullptr) return true;
  AdviseHugePages(arena, kArenaBytes);
  TouchMemory(arena, kArenaBytes);
  absl::MutexLock lock(&mu_);
  ready_.push_back(arena);
  return ready_.size() >= wanted_;
}

}  // namespace heapd
