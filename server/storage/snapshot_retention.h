#ifndef HEAPD_SERVER_STORAGE_SNAPSHOT_RETENTION_H_
#define HEAPD_SERVER_STORAGE_SNAPSHOT_RETENTION_H_

#include <functional>
#include <memory>
#include <thread>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "server/storage/retention_limits.h"
#include "server/storage/snapshot_catalog.h"

namespace heapd::server {

// Hears of what retention removes, on its thread, and may wait.
class RetentionObserver {
 public:
  virtual ~RetentionObserver() = default;
  // Before anything is done. Anything but OK: it is not done now.
  virtual absl::Status OnRemove(const ExcessSnapshot& excess) = 0;
  // After OnRemove() said OK, what came of it.
  virtual void OnRemoved(const ExcessSnapshot& excess,
                         const absl::Status& removed) = 0;
};

// Removes what RetentionLimits do not let stay, whenever a snapshot was stored
// and once a minute. One that somebody reads or compares waits until the next
// time; one that is being written is none yet. What cannot be removed is logged
// and tried again. Thread-safe.
class SnapshotRetention {
 public:
  struct Options {
    RetentionLimits limits = {};
    RetentionObserver* observer = nullptr;  // outlives this; null: nobody
    std::function<absl::Time()> now = [] { return absl::Now(); };
  };

  // `catalog` outlives this.
  SnapshotRetention(SnapshotCatalog* catalog, const Options& options)
      : catalog_(*catalog), options_(options) {}
  // Waits for the thread. REQUIRES: it was not started, or the catalog is
  // closed.
  ~SnapshotRetention();
  SnapshotRetention(const SnapshotRetention&) = delete;
  SnapshotRetention& operator=(const SnapshotRetention&) = delete;

  // From now on a thread enforces the limits, until the catalog is closed. At
  // most once.
  void Start();

  // Enforces them now; how many snapshots it removed. REQUIRES: nobody else
  // does.
  int Enforce();

 private:
  void Run();
  absl::Status Remove(const ExcessSnapshot& excess);

  SnapshotCatalog& catalog_;
  const Options options_;
  std::thread thread_;
};

}  // namespace heapd::server

#endif  // HEAPD_SERVER_STORAGE_SNAPSHOT_RETENTION_H_
