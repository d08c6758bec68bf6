#include "client/heapload/load/error_classes.h"

#include "client/heapload/load/call_failure.h"

namespace heapd::heapload {
namespace {

constexpr char kOther[] = "OTHER";

}  // namespace

ErrorClasses::ErrorClasses() {
  absl::MutexLock lock(&mu_);
  names_.emplace_back(kExpiredUnsent);
  indexes_[names_.back()] = kExpiredUnsentIndex;
}

size_t ErrorClasses::IndexOf(std::string_view name) {
  const std::string key(name);
  absl::MutexLock lock(&mu_);
  if (const auto found = indexes_.find(key); found != indexes_.end()) {
    return found->second;
  }
  // The last place is for everything that has none of its own.
  if (names_.size() == kCount) return kCount - 1;
  const size_t index = names_.size();
  names_.push_back(index == kCount - 1 ? kOther : key);
  indexes_[names_.back()] = index;
  return index;
}

std::vector<std::string> ErrorClasses::Names() const {
  absl::MutexLock lock(&mu_);
  return names_;
}

}  // namespace heapd::heapload
