#ifndef HEAPD_SERVER_HOST_AUTOMATIC_ACTIONS_H_
#define HEAPD_SERVER_HOST_AUTOMATIC_ACTIONS_H_

#include <cstdint>
#include <thread>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "server/audit/audit_log.h"
#include "server/host/action_history_file.h"
#include "server/host/automatic_plan.h"
#include "server/host/clock.h"
#include "server/host/heap_registry.h"
#include "server/host/snapshot_jobs.h"
#include "server/ops/config.h"

namespace heapd::server {

// Does by itself what the configuration asks for: snapshots near the limit, of
// suspected leaks, by schedule and by rules, and what else rules can do. A
// thread of its own looks at every heap once a second, at counters only.
//
// Snapshots go the way of those that callers ask for: SnapshotJobs, with its
// quota, and the audit log, by the principal "heapd". What fails is tried again
// for a while and logged when it fails anew.
//
// Thread-safe, but for Start(), Stop() and destruction.
class AutomaticActions {
 public:
  // Who asked for the snapshots.
  static constexpr absl::string_view kPrincipal = "heapd";

  struct Parts {
    const HeapRegistry* registry = nullptr;
    SnapshotJobs* jobs = nullptr;  // null only if no snapshots are asked for
    AuditLog* audit = nullptr;     // null: nothing is written
    const Clock* clock = nullptr;
  };

  // What `parts` names outlives this.
  AutomaticActions(const Config& config, const Parts& parts);
  // As Stop().
  ~AutomaticActions();
  AutomaticActions(const AutomaticActions&) = delete;
  AutomaticActions& operator=(const AutomaticActions&) = delete;

  // Starts the thread.
  void Start();
  // Nothing is begun from now on, though the thread may be at something.
  void Cease() ABSL_LOCKS_EXCLUDED(mu_);
  // The same, and joins the thread. Before the heaps are closed.
  void Stop() ABSL_LOCKS_EXCLUDED(mu_);

  // Looks once and begins what is due. What the thread does every second; for
  // tests, which start none.
  void Look() ABSL_LOCKS_EXCLUDED(mu_);

  // For SnapshotJobs: how a snapshot, anybody's, ended.
  void OnSnapshotEnd(const SnapshotRecord& snapshot, const absl::Status& end)
      ABSL_LOCKS_EXCLUDED(mu_);

 private:
  void Run() ABSL_LOCKS_EXCLUDED(mu_);
  void SaveHistory() ABSL_LOCKS_EXCLUDED(mu_);
  void Begin(const AutomaticAction& action) ABSL_LOCKS_EXCLUDED(mu_);
  // OK: it has been begun.
  absl::Status BeginSnapshot(const AutomaticAction& action);
  absl::StatusOr<SnapshotRecord> CreateSnapshot(const AutomaticAction& action);
  absl::StatusOr<std::shared_ptr<HostedHeap>> FindHeap(
      const AutomaticAction& action) const;
  void Done(const ActionKey& key) ABSL_LOCKS_EXCLUDED(mu_);
  void Failed(const ActionKey& key, const absl::Status& why)
      ABSL_LOCKS_EXCLUDED(mu_);

  const Parts parts_;
  ActionHistoryFile history_file_;  // of whoever set saving_
  absl::Mutex mu_;                  // a leaf of the lock order
  bool ceased_ ABSL_GUARDED_BY(mu_) = false;
  bool saving_ ABSL_GUARDED_BY(mu_) = false;
  AutomaticPlan plan_ ABSL_GUARDED_BY(mu_);
  std::thread thread_;
};

}  // namespace heapd::server

#endif  // HEAPD_SERVER_HOST_AUTOMATIC_ACTIONS_H_
