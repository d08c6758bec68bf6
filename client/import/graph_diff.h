#ifndef HEAPD_CLIENT_IMPORT_GRAPH_DIFF_H_
#define HEAPD_CLIENT_IMPORT_GRAPH_DIFF_H_

#include <cstdint>
#include <string>
#include <vector>

#include "client/import/object_graph.h"
#include "client/import/type_table.h"

namespace heapd::importer {

// Null slots to add at the end of an object.
struct SlotGrowth {
  uint32_t object;
  uint32_t count;
};

// What a slot shall hold from now on.
struct SlotChange {
  uint32_t object;
  uint32_t slot;
  GraphSlot value;
};

// What a name shall hold from now on; kNoObject removes it.
struct RootChange {
  std::string name;
  uint32_t object;
};

// What turns a heap that holds one graph into one that holds another. Objects
// are numbered as in `result`.
//
// Done in this order, no object that is needed is ever unreachable, even if the
// heap is collected after each single step:
//   1. allocate the new objects with their slots null, and hold them
//   2. hold `holds`
//   3. `growths`, 4. `links`, 5. `roots`
//   6. drop all these holds
// What is then unreachable is what the new graph has no more.
struct GraphChanges {
  // The heap after it: as the graph that was asked for, but an object that was
  // kept has the type and the slots that it had, some of them null.
  ObjectGraph result;
  // By object: its number in the old graph, kNoObject for new ones.
  std::vector<uint32_t> origins;
  // Objects that the old graph has, and that may hang from nothing for a while.
  std::vector<uint32_t> holds;
  std::vector<SlotGrowth> growths;
  std::vector<SlotChange> links;
  std::vector<RootChange> roots;

  uint64_t kept_count = 0;
  uint64_t added_count = 0;
  // Of those added: objects that the old graph has too, by their id, but that
  // could not be kept: heapd changes no object's type or payload size, and the
  // old type lacks a slot name that is needed.
  uint64_t replaced_count = 0;
  // Objects of the old graph that are not kept.
  uint64_t removed_count = 0;
};

// The changes from `from` to `to`. In both every object must be reachable from
// a root over strong references. `types` has the types of both.
GraphChanges DiffGraphs(const ObjectGraph& from, ObjectGraph to,
                        const TypeTable& types);

}  // namespace heapd::importer

#endif  // HEAPD_CLIENT_IMPORT_GRAPH_DIFF_H_
