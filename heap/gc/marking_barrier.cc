#include "heap/gc/marking_barrier.h"

#include <utility>

#include "heap/base/check.h"

namespace heapd {

void MarkingBarrier::Start() {
  HEAPD_DCHECK(!on_ && buffer_.empty());
  recent_.fill(0);
  on_ = true;
}

void MarkingBarrier::Stop() {
  HEAPD_CHECK(buffer_.empty() && Take().empty());
  on_ = false;
}

void MarkingBarrier::ShadeIfUnmarked(Index index) {
  // A bit that a marker has just set may be seen late; it will find out.
  if (!table_->IsClosed(index) || marks_->IsMarked(index)) return;
  Index& recent = recent_[index % kRecent];
  if (recent == index) return;
  recent = index;
  buffer_.push_back(index);
  if (buffer_.size() >= kBuffer) Flush();
}

size_t MarkingBarrier::Flush() {
  absl::MutexLock lock(&mu_);
  flushed_.insert(flushed_.end(), buffer_.begin(), buffer_.end());
  buffer_.clear();
  return flushed_.size();
}

std::vector<Index> MarkingBarrier::Take() {
  absl::MutexLock lock(&mu_);
  return std::exchange(flushed_, {});
}

}  // namespace heapd
