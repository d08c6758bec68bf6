#ifndef HEAPD_SERVER_HOST_SNAPSHOT_SCHEDULE_H_
#define HEAPD_SERVER_HOST_SNAPSHOT_SCHEDULE_H_

#include <cstdint>

#include "absl/time/time.h"

namespace heapd::server {

// When snapshots of a schedule are due, see ScheduleEntry. Those whose time
// passed while nobody looked are due once. Single-threaded.
class SnapshotSchedule {
 public:
  // What was due until `start` is over.
  SnapshotSchedule(absl::Duration interval, absl::Duration offset,
                   absl::Time start)
      : interval_(interval), offset_(offset), last_(NumberAt(start)) {}

  // Whether one has become due since the last look.
  bool IsDue(absl::Time now) {
    const int64_t number = NumberAt(now);
    if (number <= last_) return false;
    last_ = number;
    return true;
  }

 private:
  // How many were due until then since 1970.
  int64_t NumberAt(absl::Time time) const {
    return absl::Floor(time - absl::UnixEpoch() - offset_, interval_) /
           interval_;
  }

  const absl::Duration interval_;
  const absl::Duration offset_;
  int64_t last_;
};

}  // namespace heapd::server

#endif  // HEAPD_SERVER_HOST_SNAPSHOT_SCHEDULE_H_
