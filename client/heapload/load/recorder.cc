#include "client/heapload/load/recorder.h"

namespace heapd::heapload {

Recorder::Recorder(const RecorderShape& shape)
    : shape_(shape),
      intervals_(shape.interval_count),
      phases_(shape.phase_count) {}

Recorder::~Recorder() {
  for (size_t i = 0; i < intervals_.size(); ++i) Discard(i);
}

void Recorder::Discard(size_t i) {
  delete intervals_[i].exchange(nullptr, std::memory_order_acq_rel);
}

CallTally& Recorder::NewTally(size_t i) {
  auto tally = std::make_unique<CallTally>();
  // Release: who loads the pointer sees the zeros.
  intervals_[i].store(tally.get(), std::memory_order_release);
  return *tally.release();
}

}  // namespace heapd::heapload
