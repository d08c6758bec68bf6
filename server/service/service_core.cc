#include "server/service/service_core.h"

#include "absl/strings/str_cat.h"
#include "heap/base/error.h"
#include "server/base/reasons.h"

namespace heapd::server {

absl::Status WatcherSlot::Take(std::atomic<int>* count, int max) {
  // Relaxed: a count that guards no other data.
  if (count->fetch_add(1, std::memory_order_relaxed) >= max) {
    count->fetch_sub(1, std::memory_order_relaxed);
    return MakeError(
        absl::StatusCode::kResourceExhausted, reason::kWatchers,
        absl::StrCat("there are ", max, " watchers, which is the most"));
  }
  count_ = count;
  return absl::OkStatus();
}

}  // namespace heapd::server
