#ifndef HEAPD_HEAP_SNAPSHOT_SNAPSHOT_SINK_H_
#define HEAPD_HEAP_SNAPSHOT_SNAPSHOT_SINK_H_

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

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
  // Node(): its name as DevTools shows it, and the tag of its objects, empty
  // for none. Those that differ in the tag have one name.
  virtual absl::Status Class(absl::string_view name, absl::string_view tag) = 0;

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
  // Objects that a reduction left out.
  uint64_t left_out_object_count = 0;
};

// What a reduced snapshot shows: the objects that meet every condition that is
// given, and for each of them a shortest path from what holds it.
struct SnapshotReduction {
  // Of one of these classes, as DevTools names them.
  std::vector<std::string> class_names = {};
  // With one of these tags.
  std::vector<std::string> tags = {};
  // Retaining at least so many bytes.
  uint64_t min_retained_size = 0;
  // At most so many links from what holds it: what is held is one link away.
  uint32_t max_depth = 0;

  friend bool operator==(const SnapshotReduction&,
                         const SnapshotReduction&) = default;
  // Whether there is no condition.
  bool is_whole() const {
    return class_names.empty() && tags.empty() && min_retained_size == 0 &&
           max_depth == 0;
  }
};

struct SnapshotOptions {
  // Write string contents (at most 1,024 characters each), not only lengths.
  bool include_strings = false;
  // Without contents: a hash of each (its first 64 KiB) that is shown with its
  // length, so that equal contents can be told. It must not be one that whoever
  // guesses a content can compute. Null: lengths only. Called by one thread at
  // a time, by mutators too.
  std::function<uint64_t(absl::string_view)> redaction_hash = nullptr;
  SnapshotReduction reduction = {};
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
