#ifndef HEAPD_SERVER_HOST_SNAPSHOT_JOBS_H_
#define HEAPD_SERVER_HOST_SNAPSHOT_JOBS_H_

#include <functional>
#include <memory>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_set.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "server/host/hosted_heap.h"
#include "server/host/redaction_hash.h"
#include "server/host/request_table.h"
#include "server/host/worker_pool.h"
#include "server/storage/snapshot_catalog.h"

namespace heapd::server {

// Takes snapshots in the background, beside the heaps' calls: each on a thread
// of its own. SnapshotCatalog::Cancel() ends one, closing the catalog all.
// Thread-safe.
class SnapshotJobs {
 public:
  // At most `max_running` at a time, which the catalog sees to as well.
  // `catalog` outlives this. What they have read and not yet written stands in
  // files without names in `spill_directory`.
  // `on_end` is told how each ended, on its thread, and may wait; null: nobody.
  // `nice` as for WorkerPool.
  using EndListener =
      std::function<void(const SnapshotRecord&, const absl::Status&)>;
  SnapshotJobs(SnapshotCatalog* catalog, int max_running,
               std::string spill_directory, EndListener on_end = nullptr,
               int nice = 0);
  SnapshotJobs(const SnapshotJobs&) = delete;
  SnapshotJobs& operator=(const SnapshotJobs&) = delete;

  // Memory that is kept for snapshots of heaps near their limits; outlives the
  // heaps. Before the first Create().
  void UseNearLimitReserve(MemoryBudget* reserve) {
    near_limit_reserve_ = reserve;
  }

  // Starts one and returns its record in the state WRITING. `heap` and
  // `heap_instance` of the order are filled in here. The same request id (empty
  // for none) with the same order gives the same snapshot again:
  // INVALID_ARGUMENT (REQUEST_ID_REUSED) with another. Errors of
  // SnapshotCatalog::Begin().
  absl::StatusOr<SnapshotRecord> Create(
      const std::shared_ptr<HostedHeap>& hosted, SnapshotOrder order,
      absl::string_view request_id) ABSL_LOCKS_EXCLUDED(mu_);

  // Joins the threads. REQUIRES: nobody calls Create() any more and the heaps
  // are closed.
  void Stop() { pool_.Stop(); }

 private:
  absl::StatusOr<SnapshotRecord> Start(
      const std::shared_ptr<HostedHeap>& hosted, const SnapshotOrder& order);
  // The snapshot of an earlier request with this id; empty if the caller now is
  // the one to start it, and calls EndRequest().
  absl::StatusOr<std::string> BeginRequest(const std::string& key,
                                           uint64_t fingerprint)
      ABSL_LOCKS_EXCLUDED(mu_);
  // `snapshot` is empty if none was started.
  void EndRequest(const std::string& key, uint64_t fingerprint,
                  const std::string& snapshot) ABSL_LOCKS_EXCLUDED(mu_);

  SnapshotCatalog* const catalog_;
  const std::string spill_directory_;
  const RedactionKey redaction_key_;
  const EndListener on_end_;
  MemoryBudget* near_limit_reserve_ = nullptr;
  absl::Mutex mu_;  // a leaf of the lock order
  RequestTable requests_ ABSL_GUARDED_BY(mu_);
  absl::flat_hash_set<std::string> starting_ ABSL_GUARDED_BY(mu_);
  WorkerPool pool_;
};

}  // namespace heapd::server

#endif  // HEAPD_SERVER_HOST_SNAPSHOT_JOBS_H_
