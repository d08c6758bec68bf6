#ifndef HEAPD_SERVER_STORAGE_RETENTION_LIMITS_H_
#define HEAPD_SERVER_STORAGE_RETENTION_LIMITS_H_

#include <cstddef>
#include <cstdint>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "server/storage/snapshot_record.h"

namespace heapd::server {

// How many stored snapshots are kept, for how long. A value.
struct RetentionLimits {
  absl::Duration max_age = absl::InfiniteDuration();
  uint64_t max_count = 0;  // of a heap at one destination; 0 for any number
  uint64_t max_bytes = 0;  // of files at one destination; 0 for any size

  bool any() const {
    return max_age != absl::InfiniteDuration() || max_count != 0 ||
           max_bytes != 0;
  }
};

// A snapshot that a limit does not let stay.
struct ExcessSnapshot {
  SnapshotRecord record;
  absl::string_view limit;  // the name of its key, "snapshots.max_age"
};

// Which of the READY snapshots are over a limit, the oldest first. What is too
// old goes in any case. Of what is left the oldest go, until those of each heap
// are few enough, and then until those of each destination are small enough;
// but the newest of a destination is never too large, for nothing would be kept
// then.
std::vector<ExcessSnapshot> FindExcess(std::vector<SnapshotRecord> ready,
                                       const RetentionLimits& limits,
                                       absl::Time now);

}  // namespace heapd::server

#endif  // HEAPD_SERVER_STORAGE_RETENTION_LIMITS_H_
