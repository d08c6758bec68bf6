#ifndef HEAPD_HEAP_SNAPSHOT_SNAPSHOT_WRITER_H_
#define HEAPD_HEAP_SNAPSHOT_SNAPSHOT_WRITER_H_

#include <cstddef>
#include <cstdint>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "heap/snapshot/captured_graph_reader.h"
#include "heap/snapshot/class_names.h"
#include "heap/snapshot/json_output.h"
#include "heap/snapshot/snapshot_capture.h"
#include "heap/snapshot/snapshot_sink.h"
#include "heap/snapshot/snapshot_spill.h"
#include "heap/snapshot/string_section.h"

namespace heapd {

// Writes a captured graph as a V8 .heapsnapshot, the format of Chrome DevTools
// (columns of Node 20; V8's src/profiler/heap-snapshot- generator.cc is the
// source of the format). The shape of the file:
//
//   node 0 ""  --1-->  (GC roots)  -->  (Named roots)      --name--> object
//                                  -->  (Client sessions)  --k-->  session
//                                  --k-->
//
// and then every object in the order of its index: type name, snapshot id, self
// size, and an edge for each slot that holds a ref. The counts come first in
// the file, so the graph is walked three times: to count, for nodes, for edges.
//
// Payloads are never written. The heap is not needed any more. One instance
// serves one snapshot: construct, call Write() once.
class SnapshotWriter {
 public:
  // `spill` has what the capture was read into. REQUIRES: all outlive the
  // writer.
  SnapshotWriter(const SnapshotCapture& capture, SnapshotSpill* spill,
                 SnapshotSink* sink);

  // Errors of the spill and the sink.
  absl::Status Write();
  const SnapshotSummary& summary() const { return summary_; }

 private:
  // Fixed nodes, in this order; sessions follow, then objects.
  enum FixedNode : uint64_t {
    kRootNode,
    kGcRootsNode,
    kNamedRootsNode,
    kSessionsNode,
    kFixedNodes,
  };
  enum NodeType { kStringNode = 2, kObjectNode = 3, kSyntheticNode = 9 };
  enum EdgeType {
    kElementEdge = 1,
    kPropertyEdge = 2,
    kInternalEdge = 3,
    kWeakEdge = 6,
  };

  void OrderSessions();
  void Count();
  void WriteHead();
  absl::Status WriteNodes();
  absl::Status WriteObject(Index index);
  absl::Status WriteEdges();
  void WriteHoldEdges();
  void WriteObjectEdges(Index index);
  void WriteStrings();

  void NodeRow(NodeType type, uint32_t name, uint32_t id, uint64_t self_size,
               uint64_t edge_count);
  // Counts a row, and tells the sink of it now and then.
  void CountRow();
  void EdgeRow(EdgeType type, uint64_t name_or_index, uint64_t to_node);
  uint64_t NodeOf(Index object) const {
    return first_object_node_ + capture_.numbering().NumberOf(object);
  }
  // The number of the object's class for the sink.
  absl::Status ClassOf(const Type& type, uint32_t* class_number);

  const SnapshotCapture& capture_;
  SnapshotSpill* const spill_;
  SnapshotSink* const sink_;
  JsonOutput out_;
  CapturedGraphReader objects_;  // from the beginning for each pass
  StringSection strings_;
  SnapshotSummary summary_;
  // By snapshot id.
  std::vector<const CapturedHolds::HoldingSession*> sessions_;
  uint64_t first_object_node_ = 0;
  bool first_row_ = true;
  uint64_t rows_ = 0;  // of nodes and edges that are written
  ClassNames classes_;
  size_t told_classes_ = 0;  // that the sink knows
};

}  // namespace heapd

#endif  // HEAPD_HEAP_SNAPSHOT_SNAPSHOT_WRITER_H_
