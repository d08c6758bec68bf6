#include "client/heapload/record/call_gate.h"

#include <utility>

#include "client/heapd/check.h"

namespace heapd::heapload {

void CallGate::Enter(const std::string& heap, std::function<void()> pass) {
  {
    absl::MutexLock lock(&mu_);
    const auto [entry, is_free] = waiting_.try_emplace(heap);
    if (!is_free) {
      entry->second.push_back(std::move(pass));
      return;
    }
  }
  pass();
}

void CallGate::Leave(const std::string& heap) {
  std::function<void()> next;
  {
    absl::MutexLock lock(&mu_);
    const auto found = waiting_.find(heap);
    HEAPD_CLIENT_CHECK(found != waiting_.end());
    if (found->second.empty()) {
      waiting_.erase(found);
      return;
    }
    next = std::move(found->second.front());
    found->second.pop_front();
  }
  next();
}

}  // namespace heapd::heapload
