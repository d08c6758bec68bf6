#include "absl/strings/str_cat.h"
#include "heap/base/status_macros.h"
#include "heap/heap.h"
#include "heap/heap_core.h"
#include "heap/snapshot/snapshot_writer.h"

namespace heapd {

absl::StatusOr<SnapshotSummary> Heap::WriteSnapshot(
    const SnapshotOptions& options, SnapshotSink* sink,
    Collection* collection) {
  *collection = Collect(CollectionReason::kSnapshot);
  HeapParts& parts = core_->parts;
  const Index end = parts.table.end();
  if (!parts.snapshot_ids.Prepare(
          end, parts.table.live_count() + parts.sessions.size())) {
    return core_->account.Exhausted();
  }
  SnapshotWriter writer(&parts, options, sink);
  HEAPD_RETURN_IF_ERROR(writer.Write());
  return writer.summary();
}

}  // namespace heapd
