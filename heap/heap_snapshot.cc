#include <optional>
#include <utility>

#include "heap/base/check.h"
#include "heap/base/status_macros.h"
#include "heap/heap.h"
#include "heap/heap_core.h"
#include "heap/snapshot/graph_reduction.h"
#include "heap/snapshot/node_numbering.h"
#include "heap/snapshot/snapshot_capture.h"
#include "heap/snapshot/snapshot_writer.h"

namespace heapd {

absl::StatusOr<std::shared_ptr<SnapshotCapture>> Heap::StartSnapshot(
    const SnapshotOptions& options) {
  HEAPD_CHECK(!IsMajorRunning());
  HEAPD_ASSIGN_OR_RETURN(std::shared_ptr<SnapshotCapture> capture,
                         SnapshotCapture::Create(&core_->parts, &core_->account,
                                                 core_->budget, options));
  core_->StartMajor(CollectionReason::kSnapshot, Compaction::kUsual, capture);
  return capture;
}

absl::StatusOr<SnapshotSummary> Heap::WriteSnapshot(
    const SnapshotOptions& options, SnapshotSink* sink,
    Collection* collection) {
  core_->FinishMajor();
  HEAPD_ASSIGN_OR_RETURN(const std::shared_ptr<SnapshotCapture> capture,
                         StartSnapshot(options));
  core_->collector.FinishMarking();
  MemorySpill spill;
  const absl::Status read = capture->ReadInto(&spill);
  core_->FinishMajor();
  *collection = core_->collector.last_major();
  HEAPD_RETURN_IF_ERROR(read);
  return WriteCapturedSnapshot(*capture, &spill, sink);
}

absl::StatusOr<SnapshotSummary> WriteCapturedSnapshot(
    const SnapshotCapture& capture, SnapshotSpill* spill, SnapshotSink* sink) {
  const SnapshotReduction& reduction = capture.options().reduction;
  std::optional<NodeNumbering> reduced;
  if (!reduction.is_whole()) {
    HEAPD_ASSIGN_OR_RETURN(reduced,
                           ReduceCapturedGraph(capture, spill, reduction,
                                               capture.memory_budget()));
  }
  SnapshotWriter writer(capture, spill, reduced ? &*reduced : nullptr, sink);
  HEAPD_RETURN_IF_ERROR(writer.Write());
  return writer.summary();
}

}  // namespace heapd
