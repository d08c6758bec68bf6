#ifndef HEAPD_CLIENT_IMPORT_V8_MAPPING_H_
#define HEAPD_CLIENT_IMPORT_V8_MAPPING_H_

#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "client/import/object_graph.h"
#include "client/import/type_table.h"
#include "client/import/v8_snapshot.h"

namespace heapd::importer {

// What heapd can hold, see object_service.proto.
inline constexpr uint64_t kMaxPayloadBytes = uint64_t{64} << 20;
inline constexpr uint64_t kMaxSlots = uint64_t{1} << 20;
inline constexpr size_t kMaxNameBytes = 1024;
inline constexpr size_t kMaxSlotNames = 65536;
// Below heapd's 262,143 types a heap: objects of further shapes get a type
// without slot names, of which there are few.
inline constexpr size_t kMaxNamedTypes = 200000;

// What the mapping did not carry over, see client/import/README.md.
struct MappingLosses {
  uint64_t unreachable_nodes = 0;  // only weakly or not at all
  uint64_t dropped_edges = 0;      // to node 0, "(GC roots)", the unreachable
  uint64_t cut_payloads = 0;       // self sizes over kMaxPayloadBytes
  uint64_t cut_names = 0;          // slot names over kMaxNameBytes
  uint64_t unnamed_slots = 0;      // names over kMaxSlotNames, kMaxNamedTypes
};

struct MappedGraph {
  ObjectGraph graph;
  MappingLosses losses;
};

// The class of a node as the Summary of Chrome DevTools groups it, but for two
// things that DevTools does by looking at the name alone and so will do again
// with heapd's own snapshot: "<div id=x>" is not cut to "<div>", and "Object"
// is not renamed after its properties.
std::string ClassOf(const V8Snapshot& snapshot, uint32_t node);

// What a heap has to hold to be what the snapshot shows;
// client/import/README.md says how and why. Interns its types. INVALID_ARGUMENT
// if a node has more than kMaxSlots edges.
absl::StatusOr<MappedGraph> MapV8Snapshot(V8Snapshot snapshot,
                                          TypeTable& types);

}  // namespace heapd::importer

#endif  // HEAPD_CLIENT_IMPORT_V8_MAPPING_H_
