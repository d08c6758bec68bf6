#ifndef HEAPD_HEAP_SNAPSHOT_GRAPH_ANALYSIS_H_
#define HEAPD_HEAP_SNAPSHOT_GRAPH_ANALYSIS_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "heap/base/memory_budget.h"
#include "heap/object/ref.h"
#include "heap/snapshot/snapshot_capture.h"
#include "heap/snapshot/snapshot_spill.h"

namespace heapd {

struct AnalysisOptions {
  size_t max_classes = 100;
  size_t max_objects = 100;
  // Most memory that it may take: about 80 bytes an object and 8 a ref. 0: a
  // half of what the budget has in all.
  uint64_t max_bytes = 0;
  // Only objects of this class and with this tag; empty for all. Classes and
  // tags are all told.
  std::string class_name = {};
  std::string tag = {};
};

// What a heap's memory is and what keeps it, as of one instant. A value.
//
// What an object *retains* is what would be freed if it were: itself, and all
// that is reached through it only. Sizes are self sizes, in bytes. Weak refs
// keep nothing.
struct GraphAnalysis {
  // One class: a type's name as DevTools groups by it. Or one tag; empty for
  // the objects that have none.
  struct Group {
    std::string name;
    uint64_t count = 0;
    uint64_t self_size = 0;
    // By all objects of the group together.
    uint64_t retained_size = 0;
  };
  struct Object {
    Ref ref;
    std::string class_name;
    std::string tag;
    uint64_t self_size = 0;
    uint64_t retained_size = 0;
  };

  // Those that retain the most come first, and among equal ones the first by
  // name or ref.
  std::vector<Group> classes;
  std::vector<Group> tags;  // as many as classes at most
  std::vector<Object> objects;
  // Of all, those that are not listed included.
  uint64_t class_count = 0;
  uint64_t tag_count = 0;  // without a tag is not one
  uint64_t object_count = 0;
  uint64_t total_self_size = 0;
};

// Of what was read into the spill; the heap is not needed any more. Errors of
// the spill; RESOURCE_EXHAUSTED (SNAPSHOT_BUDGET) when the heap has too many
// objects for the memory that there is. Takes one to two microseconds an
// object.
absl::StatusOr<GraphAnalysis> AnalyzeCapturedGraph(
    const SnapshotCapture& capture, SnapshotSpill* spill,
    const AnalysisOptions& options, MemoryBudget* budget);

}  // namespace heapd

#endif  // HEAPD_HEAP_SNAPSHOT_GRAPH_ANALYSIS_H_
