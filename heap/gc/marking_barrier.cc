#include "heap/gc/marking_barrier.h"

#include <algorithm>
#include <utility>

#include "heap/base/check.h"

namespace heapd {

void MarkingBarrier::Start() {
  HEAPD_DCHECK(!on_ && buffer_.empty());
  recent_.fill(0);
  many_flushed_ = false;
  buffer_.reserve(kBuffer);
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
  if (!buffer_.empty()) {
    flushed_count_ += buffer_.size();
    flushed_.push_back(std::move(buffer_));
    buffer_ = {};
    if (!spare_.empty()) {
      buffer_ = std::move(spare_.back());
      spare_.pop_back();
    }
    buffer_.reserve(kBuffer);
  }
  many_flushed_ =
      flushed_count_ >=
      std::max<size_t>(kMinManyFlushed, table_->end() / kManyFlushedShare);
  return flushed_count_;
}

size_t MarkingBarrier::DropMarked() {
  absl::MutexLock lock(&mu_);
  flushed_count_ = 0;
  for (std::vector<Index>& buffer : flushed_) {
    std::erase_if(buffer,
                  [this](Index index) { return marks_->IsMarked(index); });
    flushed_count_ += buffer.size();
  }
  std::erase_if(flushed_, [](const auto& buffer) { return buffer.empty(); });
  return flushed_count_;
}

std::vector<Index> MarkingBarrier::Take(std::vector<Index> used) {
  used.clear();
  absl::MutexLock lock(&mu_);
  if (used.capacity() > 0 && spare_.size() < kMaxSpare) {
    spare_.push_back(std::move(used));
  }
  if (flushed_.empty()) return {};
  std::vector<Index> taken = std::move(flushed_.back());
  flushed_.pop_back();
  flushed_count_ -= taken.size();
  return taken;
}

}  // namespace heapd
