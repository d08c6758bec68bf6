#include "heap/gc/marking_barrier.h"

#include <algorithm>
#include <utility>

#include "heap/base/check.h"

namespace heapd {

void MarkingBarrier::Start() {
  HEAPD_DCHECK(!on_ && buffer_.empty());
  recent_.fill(0);
  many_flushed_ = false;
  on_ = true;
}

void MarkingBarrier::Stop() {
  HEAPD_CHECK(buffer_.empty() && Take().empty());
  on_ = false;
}

void MarkingBarrier::ShadeIfClosed(Index index) {
  if (!table_->IsClosed(index)) return;
  Index& recent = recent_[index % kRecent];
  if (recent == index) return;
  // A bit that a marker has just set may be seen late; it will find out.
  if (many_flushed_ && marks_->IsMarked(index)) return;
  recent = index;
  buffer_.push_back(index);
  if (buffer_.size() >= kBuffer) Flush();
}

size_t MarkingBarrier::Flush() {
  absl::MutexLock lock(&mu_);
  flushed_.insert(flushed_.end(), buffer_.begin(), buffer_.end());
  buffer_.clear();
  many_flushed_ =
      flushed_.size() >=
      std::max<size_t>(kMinManyFlushed, table_->end() / kManyFlushedShare);
  return flushed_.size();
}

size_t MarkingBarrier::DropMarked() {
  absl::MutexLock lock(&mu_);
  const auto is_marked = [this](Index index) {
    return marks_->IsMarked(index);
  };
  flushed_.erase(std::remove_if(flushed_.begin(), flushed_.end(), is_marked),
                 flushed_.end());
  return flushed_.size();
}

std::deque<Index> MarkingBarrier::Take() {
  absl::MutexLock lock(&mu_);
  return std::exchange(flushed_, {});
}

}  // namespace heapd
