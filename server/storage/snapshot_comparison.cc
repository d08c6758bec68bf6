// How the catalog compares snapshots.

#include <memory>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "heap/base/error.h"
#include "heap/base/status_macros.h"
#include "server/base/reasons.h"
#include "server/storage/snapshot_catalog.h"
#include "server/storage/snapshot_files.h"

namespace heapd::server {

absl::StatusOr<std::unique_ptr<NodeIndexReader>> SnapshotCatalog::OpenIndex(
    const SnapshotRecord& record) const {
  HEAPD_ASSIGN_OR_RETURN(
      std::unique_ptr<BlobReader> blob,
      StoreOf(record).Open(absl::StrCat(record.snapshot, kIndexEnding)));
  return NodeIndexReader::Open(std::move(blob));
}

absl::StatusOr<Comparison> SnapshotCatalog::Compare(
    const std::string& base_snapshot, const std::string& snapshot) const {
  HEAPD_ASSIGN_OR_RETURN(const UsedSnapshot used_base, Use(base_snapshot));
  HEAPD_ASSIGN_OR_RETURN(const UsedSnapshot used_later, Use(snapshot));
  const SnapshotRecord& base = used_base.record;
  const SnapshotRecord& later = used_later.record;
  if (base.heap != later.heap || base.heap_instance != later.heap_instance) {
    return MakeError(
        absl::StatusCode::kInvalidArgument, reason::kDifferentHeaps,
        absl::StrCat("'", base_snapshot, "' and '", snapshot,
                     base.heap == later.heap
                         ? "' show different lives of this heap's name"
                         : "' show different heaps"));
  }
  // What only one of them left out would look like new or deleted.
  if (base.reduction != later.reduction) {
    return MakeError(absl::StatusCode::kInvalidArgument,
                     reason::kDifferentReductions,
                     absl::StrCat("'", base_snapshot, "' and '", snapshot,
                                  "' show different parts of the heap"));
  }
  HEAPD_ASSIGN_OR_RETURN(const std::unique_ptr<NodeIndexReader> base_index,
                         OpenIndex(base));
  HEAPD_ASSIGN_OR_RETURN(const std::unique_ptr<NodeIndexReader> later_index,
                         OpenIndex(later));
  return CompareIndexes(*base_index, *later_index);
}

}  // namespace heapd::server
