#ifndef HEAPD_HEAP_SNAPSHOT_SNAPSHOT_WRITER_H_
#define HEAPD_HEAP_SNAPSHOT_SNAPSHOT_WRITER_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "heap/gc/heap_parts.h"
#include "heap/snapshot/json_output.h"
#include "heap/snapshot/node_numbering.h"
#include "heap/snapshot/snapshot_sink.h"
#include "heap/snapshot/string_section.h"

namespace heapd {

// Writes the marked objects of a heap as a V8 .heapsnapshot, the format of
// Chrome DevTools (columns of Node 20; V8's src/profiler/heap-snapshot-
// generator.cc is the source of the format). The shape of the file:
//
//   node 0 ""  --1-->  (GC roots)  -->  (Named roots)      --name--> object
//                                  -->  (Client sessions)  --k-->  session
//                                  --k-->
//
// and then every object in the order of its index: type name, snapshot id, self
// size, and an edge for each slot that holds a ref. The counts come first in
// the file, so the graph is walked three times: to count, for nodes, for edges.
//
// Payloads are never written. One instance serves one snapshot: construct, call
// Write() once. REQUIRES: a collection has just run, and the heap does not
// change meanwhile.
class SnapshotWriter {
 public:
  // REQUIRES: all outlive the writer.
  SnapshotWriter(HeapParts* parts, const SnapshotOptions& options,
                 SnapshotSink* sink);

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
  void WriteEdges();
  void WriteObjectEdges(Index index);
  void WriteStrings();

  void NodeRow(NodeType type, uint32_t name, uint32_t id, uint64_t self_size,
               uint64_t edge_count);
  void EdgeRow(EdgeType type, uint64_t name_or_index, uint64_t to_node);
  uint64_t NodeOf(Index object) const {
    return first_object_node_ + numbering_.NumberOf(object);
  }
  uint64_t EdgeCount(const TableEntry& entry) const;
  // The text of a string node.
  std::string Text(absl::string_view content) const;
  // The number of the object's class for the sink.
  absl::Status ClassOf(const Type& type, uint32_t* class_number);

  HeapParts* const parts_;
  const SnapshotOptions options_;
  SnapshotSink* const sink_;
  JsonOutput out_;
  NodeNumbering numbering_;
  StringSection strings_;
  SnapshotSummary summary_;
  std::vector<Session*> sessions_;  // by snapshot id
  uint64_t first_object_node_ = 0;
  bool first_row_ = true;
  absl::flat_hash_map<std::string, uint32_t> classes_;
  std::vector<uint32_t> class_of_type_;  // number + 1; 0 = not asked for yet
};

}  // namespace heapd

#endif  // HEAPD_HEAP_SNAPSHOT_SNAPSHOT_WRITER_H_
