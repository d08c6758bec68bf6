#include "server/host/collection_watch.h"

#include <utility>

namespace heapd::server {

absl::optional<CollectionWatch::Event> CollectionWatch::Take() {
  absl::MutexLock lock(&mu_);
  if (events_.empty()) return absl::nullopt;
  Event event = events_.front();
  events_.pop_front();
  return event;
}

absl::Status CollectionWatch::closed() const {
  absl::MutexLock lock(&mu_);
  return closed_;
}

void CollectionWatch::Detach() {
  absl::MutexLock lock(&wake_mu_);
  wake_ = nullptr;
}

void CollectionWatch::Only(CollectionKind kind) {
  absl::MutexLock lock(&mu_);
  only_ = kind;
}

bool CollectionWatch::Append(const Collection& collection) {
  absl::MutexLock lock(&mu_);
  if (only_.has_value() && *only_ != collection.kind) return false;
  if (events_.size() >= kMaxEvents) {
    ++dropped_;
    return false;
  }
  events_.push_back({collection, std::exchange(dropped_, 0)});
  return true;
}

void CollectionWatch::Close(const absl::Status& why) {
  absl::MutexLock lock(&mu_);
  if (closed_.ok()) closed_ = why;
}

void CollectionWatch::Wake() {
  absl::MutexLock lock(&wake_mu_);
  if (wake_ != nullptr) wake_();
}

}  // namespace heapd::server
