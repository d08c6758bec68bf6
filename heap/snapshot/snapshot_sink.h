#ifndef HEAPD_HEAP_SNAPSHOT_SNAPSHOT_SINK_H_
#define HEAPD_HEAP_SNAPSHOT_SNAPSHOT_SINK_H_

#include <cstdint>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace heapd {

class MemoryBudget;

// What is done for a snapshot once the heap is marked.
enum class SnapshotStage { kReading, kWriting };

// Where a snapshot goes, piece by piece, so that no stage holds the file in
// memory. Single-threaded. The first error ends the snapshot.
class SnapshotSink {
 public:
  virtual ~SnapshotSink() = default;

  // The next bytes of the .heapsnapshot file; pieces of at most 256 KiB.
  virtual absl::Status Write(absl::string_view bytes) = 0;

  // Tells of every object in the file, in its order, before the file's nodes
  // are complete: what a comparison needs. `class_number` counts the classes
  // from 0 in the order of Class() calls.
  virtual absl::Status Node(uint32_t snapshot_id, uint32_t class_number,
                            uint64_t self_size) = 0;

  // The next class, numbered in the order of these calls, before its first
  // Node(): its name as DevTools shows it.
  virtual absl::Status Class(absl::string_view name) = 0;

  // How far it is, each time that some thousand objects are done: `done` of the
  // `total` steps of a stage.
  virtual void Progress(SnapshotStage /*stage*/, uint64_t /*done*/,
                        uint64_t /*total*/) {}
};

// What the file has.
struct SnapshotSummary {
  uint64_t node_count = 0;
  uint64_t edge_count = 0;
  uint64_t object_count = 0;
  uint64_t total_self_size_bytes = 0;
};

struct SnapshotOptions {
  // Write string contents (at most 1,024 characters each), not only lengths.
  bool include_strings = false;
  // Most memory that the snapshot may take beside the heap while it reads; it
  // fails over that. 0: a seventh of what the heap uses, or 64 MiB if that is
  // less.
  uint64_t max_bytes = 0;
  // Memory that is kept for snapshots such as this one, taken from before that;
  // also for ids that the heap has no room for, which stay as long as the heap.
  // Null: there is none. Outlives the heap.
  MemoryBudget* reserve = nullptr;
  // Most objects that are read in one go.
  uint32_t piece_objects = 4096;
};

}  // namespace heapd

#endif  // HEAPD_HEAP_SNAPSHOT_SNAPSHOT_SINK_H_
