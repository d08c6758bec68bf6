#ifndef HEAPD_CLIENT_HEAPLOAD_LOAD_WORKSPACE_KEEPER_H_
#define HEAPD_CLIENT_HEAPLOAD_LOAD_WORKSPACE_KEEPER_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "client/heapd/client.h"
#include "client/heapload/load/workspace.h"

namespace heapd::heapload {

struct WorkspaceKeeperOptions {
  std::string heap;
  WorkspaceNames names;
  uint32_t places = 0;  // of a table
  // Makes the heap anew, with this limit, where it is gone.
  bool recreate = false;
  std::optional<uint64_t> limit_bytes = {};
};

// Has the session and the table of each worker, and makes them anew, on a
// thread of its own, when a session expired: a daemon that was held up for
// longer than the lease forgets it, and one that was started anew knows none.
// Workers go on meanwhile and are told SESSION_EXPIRED or HEAP_NOT_FOUND. The
// sessions are closed in the end.
//
// Thread-safe.
class WorkspaceKeeper {
 public:
  // `client` outlives it.
  WorkspaceKeeper(client::Client& client, WorkspaceKeeperOptions options);
  ~WorkspaceKeeper();
  WorkspaceKeeper(const WorkspaceKeeper&) = delete;
  WorkspaceKeeper& operator=(const WorkspaceKeeper&) = delete;

  // Makes those of so many workers, and starts the thread. Once, first.
  absl::StatusOr<std::vector<Workspace>> Open(size_t worker_count);

  // Asks for a new one; Take() gives it once it is there.
  void Renew(size_t worker) ABSL_LOCKS_EXCLUDED(mu_);
  std::optional<Workspace> Take(size_t worker) ABSL_LOCKS_EXCLUDED(mu_);

 private:
  void Run() ABSL_LOCKS_EXCLUDED(mu_);
  // The next worker that wants one, or none once it shall stop.
  std::optional<size_t> WaitForWish() ABSL_LOCKS_EXCLUDED(mu_);
  bool HasWork() const ABSL_SHARED_LOCKS_REQUIRED(mu_);
  absl::StatusOr<client::Session> OpenSession();
  absl::StatusOr<Workspace> Make(std::optional<client::Session>& session);

  client::Client& client_;
  const WorkspaceKeeperOptions options_;
  std::vector<std::optional<client::Session>> sessions_;  // of the thread

  absl::Mutex mu_;
  std::vector<bool> wanted_ ABSL_GUARDED_BY(mu_);
  std::vector<std::optional<Workspace>> made_ ABSL_GUARDED_BY(mu_);
  bool stopping_ ABSL_GUARDED_BY(mu_) = false;
  std::thread thread_;
};

}  // namespace heapd::heapload

#endif  // HEAPD_CLIENT_HEAPLOAD_LOAD_WORKSPACE_KEEPER_H_
