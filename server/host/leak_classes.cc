#include "server/host/leak_classes.h"

#include "heap/base/check.h"

namespace heapd::server {

absl::optional<LeakClassId> LeakClasses::IdOf(absl::string_view class_name,
                                              absl::string_view tag) {
  Names names(class_name, tag);
  absl::MutexLock lock(&mu_);
  const auto found = ids_.find(names);
  if (found != ids_.end()) return found->second;
  if (names_.size() == kMaxClasses) return absl::nullopt;
  const auto id = static_cast<LeakClassId>(names_.size());
  names_.push_back(names);
  ids_.emplace(std::move(names), id);
  return id;
}

std::pair<std::string, std::string> LeakClasses::NamesOf(LeakClassId id) const {
  absl::MutexLock lock(&mu_);
  HEAPD_CHECK(id < names_.size());
  return names_[id];
}

}  // namespace heapd::server
