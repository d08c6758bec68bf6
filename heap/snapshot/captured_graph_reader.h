#ifndef HEAPD_HEAP_SNAPSHOT_CAPTURED_GRAPH_READER_H_
#define HEAPD_HEAP_SNAPSHOT_CAPTURED_GRAPH_READER_H_

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "heap/object/ref.h"
#include "heap/object/type.h"
#include "heap/snapshot/graph_record.h"
#include "heap/snapshot/snapshot_capture.h"
#include "heap/snapshot/snapshot_spill.h"

namespace heapd {

// Reads the objects of a captured graph back from the spill, from the first to
// the last; GraphWalk wrote them. Single-threaded.
class CapturedGraphReader {
 public:
  struct Object {
    Ref ref;
    const Type* type;
    uint64_t self_size;
    uint32_t id;       // of the snapshot
    std::string text;  // what is shown of a string
    uint64_t edge_count;
  };
  struct Edge {
    uint32_t slot;
    bool is_weak;
    Index target;
  };

  // REQUIRES: both outlive the reader.
  CapturedGraphReader(const SnapshotCapture* capture, SnapshotSpill* spill)
      : capture_(capture), records_(spill) {}

  // The next object, whose index the caller knows from the numbering. All of
  // the edges of the one before have been read.
  Object Next(Index index);
  // The next edge of that object.
  Edge NextEdge();
  // All that are left of them.
  void SkipEdges(uint64_t count) {
    for (; count > 0 && records_.status().ok(); --count) NextEdge();
  }

  // What went wrong; everything is 0 from then on.
  const absl::Status& status() const { return records_.status(); }

 private:
  const SnapshotCapture* capture_;
  GraphRecordReader records_;
  int64_t next_id_ = 0;
  uint32_t next_slot_ = 0;
  int64_t near_ = 0;  // the target of the edge before
};

}  // namespace heapd

#endif  // HEAPD_HEAP_SNAPSHOT_CAPTURED_GRAPH_READER_H_
