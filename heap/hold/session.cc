#include "heap/hold/session.h"

#include <algorithm>
#include <utility>

#include "heap/base/check.h"
#include "heap/base/limits.h"

namespace heapd {

Session::Session(MemoryAccount* account, Shared* shared,
                 absl::string_view label, TagId tag)
    : account_(account), label_(label), tag_(tag), shared_(shared) {}

Session::~Session() {
  if (account_ != nullptr) Detach();
}

void Session::Detach() {
  BeforeChange();
  if (listed_) LeaveYoungList();
  shared_->hold_total -= hold_count();
  account_->Give(taken_bytes_);
  account_ = nullptr;
}

void Session::JoinYoungList() {
  BeforeChange();
  position_ = shared_->young.size();
  shared_->young.push_back(this);
  listed_ = true;
}

void Session::LeaveYoungList() {
  List& young = shared_->young;
  young[position_] = young.back();
  young[position_]->position_ = position_;
  young.pop_back();
  listed_ = false;
}

void Session::AfterScavenge(bool all_promoted) {
  intermediate_start_ = all_promoted ? holds_.size() : nursery_start_;
  nursery_start_ = holds_.size();
  if (intermediate_start_ == holds_.size()) LeaveYoungList();
}

bool Session::ReserveMore() {
  const size_t capacity = std::max(kMinCapacity, 2 * holds_.capacity());
  const uint64_t more = (capacity - holds_.capacity()) * sizeof(Index);
  if (!account_->Take(more)) return false;
  taken_bytes_ += more;
  holds_.reserve(capacity);
  return true;
}

Index* Session::BeginHoldNewRow(size_t count) {
  if (indexed_) return nullptr;
  const size_t size = holds_.size();
  while (holds_.capacity() - size < count) {
    if (!ReserveMore()) return nullptr;
  }
  if (!listed_) JoinYoungList();
  holds_.resize(size + count);
  return holds_.data() + size;
}

void Session::EndHoldNewRow(size_t room, size_t count) {
  HEAPD_DCHECK(count <= room);
  holds_.resize(holds_.size() - (room - count));
  shared_->hold_total += count;
}

void Session::BuildIndex() {
  positions_.reserve(hold_count());
  for (size_t i = 0; i < holds_.size(); ++i) {
    if (holds_[i] != 0) positions_.emplace(holds_[i], i);
  }
  indexed_ = true;
}

size_t Session::Find(Index object) {
  if (!indexed_) {
    const size_t stop = holds_.size() > kNearTop ? holds_.size() - kNearTop : 0;
    for (size_t i = holds_.size(); i-- > stop;) {
      if (holds_[i] == object) return i;
    }
    if (stop == 0) return npos;
    BuildIndex();
  }
  const auto found = positions_.find(object);
  return found == positions_.end() ? npos : found->second;
}

bool Session::Holds(Index object) { return Find(object) != npos; }

size_t Session::Release(Index object) {
  const size_t position = Find(object);
  if (position == npos) return npos;
  BeforeChange();
  holds_[position] = 0;
  ++gaps_;
  --shared_->hold_total;
  if (indexed_) positions_.erase(object);
  return position;
}

bool Session::ReserveScope() {
  if (scopes_.size() < scopes_.capacity()) return true;
  const size_t capacity = std::max<size_t>(16, 2 * scopes_.capacity());
  const uint64_t more = (capacity - scopes_.capacity()) * sizeof(scopes_[0]);
  if (!account_->Take(more)) return false;
  taken_bytes_ += more;
  scopes_.reserve(capacity);
  return true;
}

bool Session::PushScope() {
  if (scopes_.size() >= kMaxScopes) return false;
  HEAPD_DCHECK(scopes_.size() < scopes_.capacity());
  scopes_.push_back(holds_.size());
  return true;
}

void Session::PopScope(std::vector<Index>* dropped) {
  HEAPD_DCHECK(depth() > 1);
  BeforeChange();
  const size_t start = scopes_.back();
  shared_->hold_total -= hold_count();
  for (size_t i = start; i < holds_.size(); ++i) {
    if (holds_[i] == 0) {
      --gaps_;
    } else if (indexed_) {
      positions_.erase(holds_[i]);
    }
  }
  if (dropped != nullptr) {
    dropped->insert(dropped->end(), holds_.begin() + start, holds_.end());
  }
  holds_.resize(start);
  shared_->hold_total += hold_count();
  ClampYoung();
  scopes_.pop_back();
  if (indexed_ && holds_.size() <= kNearTop) {
    positions_ = {};
    indexed_ = false;
  }
}

void Session::Compact() {
  if (gaps_ >= 64 && gaps_ >= holds_.size() / 2) CloseGaps();
  if (holds_.capacity() > kMinCapacity &&
      holds_.size() < holds_.capacity() / 8) {
    Shrink();
  }
}

void Session::Shrink() {
  std::vector<Index> smaller;
  smaller.reserve(std::max(kMinCapacity, 2 * holds_.size()));
  smaller.assign(holds_.begin(), holds_.end());
  const uint64_t less =
      (holds_.capacity() - smaller.capacity()) * sizeof(Index);
  account_->Give(less);
  taken_bytes_ -= less;
  holds_ = std::move(smaller);
}

void Session::CloseGaps() {
  size_t to = 0;
  size_t scope = 0;
  size_t intermediate = 0;
  size_t nursery = 0;
  for (size_t from = 0; from <= holds_.size(); ++from) {
    while (scope < scopes_.size() && scopes_[scope] == from) {
      scopes_[scope++] = to;
    }
    if (from == intermediate_start_) intermediate = to;
    if (from == nursery_start_) nursery = to;
    if (from < holds_.size() && holds_[from] != 0) holds_[to++] = holds_[from];
  }
  holds_.resize(to);
  intermediate_start_ = intermediate;
  nursery_start_ = nursery;
  gaps_ = 0;
  if (!indexed_) return;
  positions_.clear();
  BuildIndex();
}

Index Session::UndoHoldNew() {
  const Index object = holds_.back();
  if (indexed_) positions_.erase(object);
  holds_.pop_back();
  --shared_->hold_total;
  ClampYoung();
  return object;
}

void Session::UndoRelease(size_t position, Index object) {
  HEAPD_DCHECK(holds_[position] == 0);
  holds_[position] = object;
  --gaps_;
  ++shared_->hold_total;
  if (indexed_) positions_.emplace(object, position);
}

void Session::UndoPushScope() { scopes_.pop_back(); }

void Session::UndoPopScope(const std::vector<Index>& dropped) {
  scopes_.push_back(holds_.size());
  for (const Index object : dropped) {
    if (object == 0) {
      ++gaps_;
    } else {
      if (indexed_) positions_.emplace(object, holds_.size());
      ++shared_->hold_total;
    }
    holds_.push_back(object);
  }
  if (!listed_) JoinYoungList();
}

}  // namespace heapd
