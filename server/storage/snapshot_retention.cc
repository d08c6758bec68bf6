#include "server/storage/snapshot_retention.h"

#include <pthread.h>

#include <cstdint>

#include "heap/base/error.h"
#include "heap/base/status_macros.h"
#include "server/base/reasons.h"
#include "server/ops/logging.h"

namespace heapd::server {
namespace {

// How long what is only too old may stay.
constexpr absl::Duration kInterval = absl::Minutes(1);

}  // namespace

SnapshotRetention::~SnapshotRetention() {
  if (thread_.joinable()) thread_.join();
}

void SnapshotRetention::Start() {
  thread_ = std::thread([this] { Run(); });
}

void SnapshotRetention::Run() {
  pthread_setname_np(pthread_self(), "retention");
  uint64_t stored = 0;
  while (!catalog_.closed()) {
    Enforce();
    catalog_.AwaitStored(kInterval, stored);
  }
}

int SnapshotRetention::Enforce() {
  int removed = 0;
  for (const ExcessSnapshot& excess :
       FindExcess(catalog_.Ready(), options_.limits, options_.now())) {
    if (catalog_.closed()) break;
    const absl::Status status = Remove(excess);
    if (status.ok()) {
      ++removed;
      LogInfo("snapshot_removed", {{"snapshot", excess.record.snapshot},
                                   {"destination", excess.record.storage},
                                   {"limit", excess.limit}});
    } else if (ReasonOf(status) != reason::kSnapshotInUse &&
               !absl::IsNotFound(status)) {
      LogWarning("snapshot_not_removed",
                 {{"snapshot", excess.record.snapshot},
                  {"destination", excess.record.storage},
                  {"limit", excess.limit},
                  {"error", status}});
    }
  }
  return removed;
}

absl::Status SnapshotRetention::Remove(const ExcessSnapshot& excess) {
  bool permitted = false;
  const absl::Status removed =
      catalog_.DeleteUnused(excess.record.snapshot, [&]() -> absl::Status {
        if (options_.observer == nullptr) return absl::OkStatus();
        HEAPD_RETURN_IF_ERROR(options_.observer->OnRemove(excess));
        permitted = true;
        return absl::OkStatus();
      });
  if (permitted) options_.observer->OnRemoved(excess, removed);
  return removed;
}

}  // namespace heapd::server
