#include "heap/base/page_populator.h"

#include "heap/base/reservation.h"

namespace heapd {

PagePopulator::~PagePopulator() {
  absl::MutexLock lock(&mu_);
  mu_.Await(absl::Condition(
      +[](bool* running) { return !*running; }, &running_));
}

void PagePopulator::Populate(char* data, size_t bytes) {
  if (!is_enabled()) return;
  {
    absl::MutexLock lock(&mu_);
    if (std::exchange(running_, true)) return;
  }
  runner_([this, data, bytes] {
    PopulateMemory(data, bytes);
    absl::MutexLock lock(&mu_);
    running_ = false;
  });
}

}  // namespace heapd
