#include "server/service/pipeline_flow.h"

#include <utility>

#include "heap/base/check.h"

namespace heapd::server {

bool PipelineFlow::BeginAdvancing() {
  absl::MutexLock lock(&mu_);
  return !std::exchange(advancing_, true);
}

PipelineFlow::Step PipelineFlow::Next() {
  absl::MutexLock lock(&mu_);
  HEAPD_DCHECK(advancing_);
  if (MayWork()) return BeginWork();
  if (!writing_ && ReadyCount() > 0) return BeginWrite();
  // Nobody advances after that.
  if (stopped_ && count_ == 0) return {Action::kFinish};
  if (MayRead()) {
    reading_ = true;
    return {Action::kRead};
  }
  advancing_ = false;
  return {Action::kNone};
}

bool PipelineFlow::BeginReadAhead() {
  absl::MutexLock lock(&mu_);
  if (!MayRead()) return false;
  reading_ = true;
  return true;
}

void PipelineFlow::RequestArrived(size_t bytes) {
  absl::MutexLock lock(&mu_);
  HEAPD_DCHECK(reading_ && !arrived_);
  reading_ = false;
  arrived_ = true;
  arrived_bytes_ = bytes;
}

void PipelineFlow::RequestsEnded() {
  absl::MutexLock lock(&mu_);
  reading_ = false;
  stopped_ = true;
}

PipelineFlow::Step PipelineFlow::AnswerReady(size_t bytes) {
  absl::MutexLock lock(&mu_);
  HEAPD_DCHECK(working_);
  working_ = false;
  size_t& own = bytes_[(first_ + count_ - 1) % kMaxPending];
  pending_bytes_ += bytes - own;
  own = bytes;
  // Who advances goes on, or who hears of the end of the write will.
  if (advancing_ || writing_) return {Action::kNone};
  return BeginWrite();
}

void PipelineFlow::AnswerDropped() {
  absl::MutexLock lock(&mu_);
  HEAPD_DCHECK(working_ && stopped_);
  working_ = false;
  --count_;
  pending_bytes_ -= bytes_[(first_ + count_) % kMaxPending];
}

void PipelineFlow::AnswerWritten() {
  absl::MutexLock lock(&mu_);
  HEAPD_DCHECK(writing_);
  writing_ = false;
  pending_bytes_ -= bytes_[first_];
  first_ = (first_ + 1) % kMaxPending;
  --count_;
}

void PipelineFlow::Stop(const absl::Status& why) {
  absl::MutexLock lock(&mu_);
  if (!stopped_) end_status_ = why;
  stopped_ = true;
}

void PipelineFlow::Break(const absl::Status& why) {
  absl::MutexLock lock(&mu_);
  end_status_ = why;
  stopped_ = true;
}

absl::Status PipelineFlow::end_status() const {
  absl::MutexLock lock(&mu_);
  return end_status_;
}

// For one more request.
bool PipelineFlow::HasRoom() const {
  return count_ == 0 || (count_ < kMaxPending && pending_bytes_ <= kGroupBytes);
}

bool PipelineFlow::MayWork() const {
  if (!arrived_ || working_ || stopped_ || !HasRoom()) return false;
  // Answers that are ready shall not wait for a long one.
  return ReadyCount() == 0 || arrived_bytes_ <= kGroupBytes;
}

bool PipelineFlow::MayRead() const {
  return !reading_ && !arrived_ && !stopped_ &&
         (count_ == 0 || pending_bytes_ <= kGroupBytes);
}

int PipelineFlow::ReadyCount() const {
  return count_ - (working_ ? 1 : 0) - (writing_ ? 1 : 0);
}

PipelineFlow::Step PipelineFlow::BeginWork() {
  const int place = (first_ + count_) % kMaxPending;
  arrived_ = false;
  working_ = true;
  ++count_;
  bytes_[place] = arrived_bytes_;
  pending_bytes_ += arrived_bytes_;
  return {Action::kWork, place};
}

PipelineFlow::Step PipelineFlow::BeginWrite() {
  writing_ = true;
  // Not again and again: a caller who never stops sending is answered all the
  // same.
  const bool more_follows = ReadyCount() > 0 && kept_back_ < kMaxKeptBack;
  kept_back_ = more_follows ? kept_back_ + 1 : 0;
  return {Action::kWrite, first_, more_follows};
}

}  // namespace heapd::server
