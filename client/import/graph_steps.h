#ifndef HEAPD_CLIENT_IMPORT_GRAPH_STEPS_H_
#define HEAPD_CLIENT_IMPORT_GRAPH_STEPS_H_

#include <cstddef>
#include <cstdint>
#include <vector>

#include "client/import/object_graph.h"

namespace heapd::importer {

// Graphs on the way from one state of a heap to the next one, as if its program
// had got there bit by bit: what the new state has no more is gone with the
// first step, and what is new comes evenly, of each type in the order of the
// ids. (V8's ids tell nothing about time: most are given when a snapshot is
// written, in the order of addresses.) Objects without which one that stays
// would hang from nothing come with the first step.
//
// Thread-compatible. Both graphs must outlive it, and all their objects be
// reachable from a root over strong references.
class GraphSteps {
 public:
  GraphSteps(const ObjectGraph& from, const ObjectGraph& to);

  // The graph after that step of `count`, which is `to` after the last: its
  // objects that have come by then, in its order, and null where others are to
  // be. REQUIRES: 1 <= step <= count.
  ObjectGraph After(uint32_t step, uint32_t count) const;

 private:
  void FindParents();
  // Those that do not come at once, each type's evenly.
  std::vector<uint32_t> SpreadRest() const;
  // Lets an object come next, and before it those that it hangs from.
  void Come(uint32_t object);

  const ObjectGraph& to_;
  // By object: over which it is reached from a root on a shortest path;
  // kNoObject for what a root holds.
  std::vector<uint32_t> parents_;
  std::vector<bool> has_come_;
  std::vector<uint32_t> order_;  // in which objects come
  size_t first_count_ = 0;       // of them come with the first step at once
};

}  // namespace heapd::importer

#endif  // HEAPD_CLIENT_IMPORT_GRAPH_STEPS_H_
