#ifndef HEAPD_HEAP_SNAPSHOT_SNAPSHOT_WRITER_H_
#define HEAPD_HEAP_SNAPSHOT_SNAPSHOT_WRITER_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "heap/snapshot/captured_graph_reader.h"
#include "heap/snapshot/json_output.h"
#include "heap/snapshot/node_numbering.h"
#include "heap/snapshot/snapshot_capture.h"
#include "heap/snapshot/snapshot_sink.h"
#include "heap/snapshot/snapshot_spill.h"
#include "heap/snapshot/string_section.h"
#include "heap/snapshot/trace_section.h"

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
// size, its tag as an allocation stack (TraceSection), and an edge for each
// slot that holds a ref. Counts come first in the file, then nodes, then edges,
// so the graph is walked twice, and of a reduced one edges are counted before.
//
// Payloads are never written. The heap is not needed any more. One instance
// serves one snapshot: construct, call Write() once.
class SnapshotWriter {
 public:
  // `spill` has what the capture was read into; `reduced` what is shown of it,
  // null for all. REQUIRES: all outlive the writer.
  SnapshotWriter(const SnapshotCapture& capture, SnapshotSpill* spill,
                 const NodeNumbering* reduced, SnapshotSink* sink);

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
  absl::Status Count();
  // Of objects that are shown.
  absl::Status CountShownEdges(uint64_t* count);
  void WriteHead();
  absl::Status WriteNodes();
  absl::Status WriteObject(Index index);
  // Reads the edges of an object; how many lead to what is shown.
  uint64_t ReadEdges(uint64_t count);
  absl::Status WriteEdges();
  void WriteHoldEdges();
  void WriteObjectEdges(Index index);
  void WriteStrings();

  void NodeRow(NodeType type, uint32_t name, uint32_t id, uint64_t self_size,
               uint64_t edge_count, uint32_t trace_node = 0);
  // Counts a row, and tells the sink of it now and then.
  void CountRow();
  void EdgeRow(EdgeType type, uint64_t name_or_index, uint64_t to_node);
  bool IsShown(Index object) const { return shown_.IsNumbered(object); }
  // REQUIRES: IsShown().
  uint64_t NodeOf(Index object) const {
    return first_object_node_ + shown_.NumberOf(object);
  }
  // The number of the object's class for the sink.
  absl::Status ClassOf(const Type& type, uint32_t* class_number);

  const SnapshotCapture& capture_;
  SnapshotSpill* const spill_;
  const bool is_reduced_;
  const NodeNumbering& shown_;
  SnapshotSink* const sink_;
  JsonOutput out_;
  CapturedGraphReader objects_;  // from the beginning for each pass
  StringSection strings_;
  SnapshotSummary summary_;
  struct ShownSession {
    const CapturedHolds::HoldingSession* session;
    uint64_t hold_count;  // of objects that are shown
  };
  // By snapshot id.
  std::vector<ShownSession> sessions_;
  uint64_t first_object_node_ = 0;
  uint64_t root_edge_count_ = 0;
  bool first_row_ = true;
  uint64_t rows_ = 0;  // of nodes and edges that are written
  TraceSection trace_;
  // Classes and tags that the sink knows; by type id: the number + 1, 0 until
  // an object of the type is written.
  absl::flat_hash_map<std::pair<std::string, absl::string_view>, uint32_t>
      class_numbers_;
  std::vector<uint32_t> classes_;
};

}  // namespace heapd

#endif  // HEAPD_HEAP_SNAPSHOT_SNAPSHOT_WRITER_H_
