#include "heap/base/page_populator.h"

#include <utility>

#include "heap/base/reservation.h"

namespace heapd {

PagePopulator::PagePopulator(TaskRunner runner)
    : task_(
          std::move(runner),
          [this] {
            PopulateMemory(data_, bytes_);
            return true;
          },
          nullptr) {}

bool PagePopulator::Populate(char* data, size_t bytes) {
  if (!is_enabled() || task_.IsRunning()) return false;
  data_ = data;
  bytes_ = bytes;
  task_.Resume();
  return true;
}

}  // namespace heapd
