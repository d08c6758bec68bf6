#ifndef HEAPD_SERVER_STORAGE_SNAPSHOT_FILTER_H_
#define HEAPD_SERVER_STORAGE_SNAPSHOT_FILTER_H_

#include <optional>
#include <string>

#include "absl/time/time.h"
#include "server/storage/snapshot_record.h"

namespace heapd::server {

// Which snapshots a list shows: those that meet everything that is given. A
// value.
struct SnapshotFilter {
  std::string heap = {};  // empty, as the texts below: any
  std::optional<SnapshotState> state = {};
  std::optional<SnapshotTrigger> trigger = {};
  std::string label = {};        // exactly
  std::string destination = {};  // its name
  // Asked for at this time or later, and
  absl::Time start = absl::InfinitePast();
  // before this one.
  absl::Time end = absl::InfiniteFuture();

  bool Shows(const SnapshotRecord& record) const {
    return (heap.empty() || record.heap == heap) &&
           (!state.has_value() || record.state == *state) &&
           (!trigger.has_value() || record.trigger == *trigger) &&
           (label.empty() || record.label == label) &&
           (destination.empty() || record.storage == destination) &&
           record.create_time >= start && record.create_time < end;
  }
};

}  // namespace heapd::server

#endif  // HEAPD_SERVER_STORAGE_SNAPSHOT_FILTER_H_
