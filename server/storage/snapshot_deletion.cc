// How the catalog removes snapshots.

#include <string>

#include "absl/strings/str_cat.h"
#include "heap/base/error.h"
#include "heap/base/status_macros.h"
#include "server/base/reasons.h"
#include "server/ops/logging.h"
#include "server/storage/snapshot_catalog.h"
#include "server/storage/snapshot_files.h"

namespace heapd::server {

absl::Status SnapshotCatalog::DeleteBlobs(const SnapshotRecord& record) {
  // From here on the next start finishes what is not finished here.
  const absl::Status noted = NoteBegin(record);
  if (!noted.ok() && !absl::IsAlreadyExists(noted)) return noted;
  BlobStore& store = StoreOf(record);
  const absl::Status gone =
      store.Delete(absl::StrCat(record.snapshot, kManifestEnding));
  if (!gone.ok() && !absl::IsNotFound(gone)) {
    NoteEnd(record.snapshot);
    return gone;
  }
  absl::Status rest;
  for (const std::string& file :
       {SnapshotFile(record.snapshot, record.compression),
        absl::StrCat(record.snapshot, kIndexEnding)}) {
    const absl::Status deleted = store.Delete(file);
    if (!absl::IsNotFound(deleted)) rest.Update(deleted);
  }
  if (rest.ok()) {
    NoteEnd(record.snapshot);
  } else {
    // Without its manifest the snapshot is gone; this only keeps disk.
    LogWarning("snapshot_file_left",
               {{"snapshot", record.snapshot}, {"error", rest}});
    if (store.is_remote()) KeepLeftover(record);
  }
  return absl::OkStatus();
}

absl::Status SnapshotCatalog::Delete(const std::string& snapshot) {
  HEAPD_ASSIGN_OR_RETURN(const SnapshotRecord record, Get(snapshot));
  if (record.state == SnapshotState::kWriting) {
    return MakeError(
        absl::StatusCode::kFailedPrecondition, reason::kSnapshotRunning,
        absl::StrCat("snapshot '", snapshot, "' is still being written"));
  }
  if (record.state == SnapshotState::kReady) {
    HEAPD_RETURN_IF_ERROR(DeleteBlobs(record));
  }
  absl::MutexLock lock(&mu_);
  entries_.erase(snapshot);
  return absl::OkStatus();
}

absl::Status SnapshotCatalog::DeleteUnused(
    const std::string& snapshot, absl::FunctionRef<absl::Status()> permit) {
  SnapshotRecord record;
  {
    absl::MutexLock lock(&mu_);
    const auto found = entries_.find(snapshot);
    if (found == entries_.end()) return SnapshotNotFound(snapshot);
    Entry& entry = found->second;
    if (entry.record.state != SnapshotState::kReady || entry.being_deleted ||
        entry.use.use_count() > 1) {
      return MakeError(absl::StatusCode::kFailedPrecondition,
                       reason::kSnapshotInUse,
                       absl::StrCat("snapshot '", snapshot, "' is being used"));
    }
    entry.being_deleted = true;
    record = entry.record;
  }
  absl::Status deleted = permit();
  if (deleted.ok()) deleted = DeleteBlobs(record);
  absl::MutexLock lock(&mu_);
  const auto found = entries_.find(snapshot);
  // Somebody else may have been faster.
  if (found == entries_.end()) return absl::OkStatus();
  if (deleted.ok()) {
    entries_.erase(found);
  } else {
    found->second.being_deleted = false;
  }
  return deleted;
}

}  // namespace heapd::server
