#include "client/heapload/load/workspace.h"

#include "client/heapd/status_macros.h"

namespace heapd::heapload {

absl::StatusOr<Workspace> CreateWorkspace(const client::Session& session,
                                          const WorkspaceNames& names,
                                          uint32_t places) {
  Workspace workspace;
  workspace.session = session.session();
  workspace.places = places;
  HEAPD_CLIENT_ASSIGN_OR_RETURN(workspace.item, session.DefineType(names.item));
  HEAPD_CLIENT_ASSIGN_OR_RETURN(
      workspace.kept,
      session.DefineType(names.kept, {}, client::TypeKind::kObject,
                         names.kept_tag));
  HEAPD_CLIENT_ASSIGN_OR_RETURN(const client::TypeId table,
                                session.DefineType(names.table));
  HEAPD_CLIENT_ASSIGN_OR_RETURN(workspace.table,
                                session.Allocate(table, "", {}, places));
  return workspace;
}

}  // namespace heapd::heapload
