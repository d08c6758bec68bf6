#include "heap/hold/root_table.h"

#include "heap/base/error.h"
#include "heap/base/limits.h"
#include "heap/base/utf8.h"

namespace heapd {

// The text, its string and its place in a tree node, roughly.
uint64_t RootTable::Cost(absl::string_view name) { return name.size() + 64; }

RootTable::~RootTable() {
  for (const auto& [name, object] : roots_) account_->Give(Cost(name));
}

absl::Status RootTable::Set(absl::string_view name, Index object,
                            Index* former) {
  if (const auto found = roots_.find(name); found != roots_.end()) {
    *former = found->second;
    found->second = object;
    return absl::OkStatus();
  }
  if (name.empty() || name.size() > kMaxNameBytes || !IsUtf8(name)) {
    return InvalidField("name", "must be UTF-8 of 1 to 1,024 bytes");
  }
  if (roots_.size() >= kMaxRoots) {
    return MakeError(absl::StatusCode::kResourceExhausted, reason::kRootCount,
                     "the heap has 1,048,576 roots, which is the most");
  }
  if (!account_->Take(Cost(name))) return account_->Exhausted();
  roots_.emplace(name, object);
  *former = 0;
  return absl::OkStatus();
}

Index RootTable::Remove(absl::string_view name) {
  const auto found = roots_.find(name);
  if (found == roots_.end()) return 0;
  const Index held = found->second;
  account_->Give(Cost(name));
  roots_.erase(found);
  return held;
}

void RootTable::Restore(absl::string_view name, Index object) {
  account_->TakeAgain(Cost(name));
  roots_.emplace(name, object);
}

Index RootTable::Find(absl::string_view name) const {
  const auto found = roots_.find(name);
  return found == roots_.end() ? 0 : found->second;
}

}  // namespace heapd
