#ifndef HEAPD_CLIENT_HEAPLOAD_LOAD_WORKSPACE_H_
#define HEAPD_CLIENT_HEAPLOAD_LOAD_WORKSPACE_H_

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "client/heapd/ids.h"
#include "client/heapd/ref.h"
#include "client/heapd/session.h"

namespace heapd::heapload {

// What a worker has in the heap before its first batch. A value.
struct Workspace {
  client::SessionId session;
  client::TypeId item;  // of objects that die soon
  client::TypeId kept;  // of objects that live
  client::Ref table;    // held by the session; its slots hold what lives
  uint32_t places = 0;  // slots of the table
};

// How objects are called in snapshots.
struct WorkspaceNames {
  std::string item;
  std::string kept;
  std::string table;
  std::string kept_tag = {};  // of the objects that live
};

// Defines the types and allocates a table with `places` empty slots, which the
// session holds. Errors are the daemon's.
absl::StatusOr<Workspace> CreateWorkspace(const client::Session& session,
                                          const WorkspaceNames& names,
                                          uint32_t places);

}  // namespace heapd::heapload

#endif  // HEAPD_CLIENT_HEAPLOAD_LOAD_WORKSPACE_H_
