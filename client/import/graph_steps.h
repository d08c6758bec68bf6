#ifndef HEAPD_CLIENT_IMPORT_GRAPH_STEPS_H_
#define HEAPD_CLIENT_IMPORT_GRAPH_STEPS_H_

#include <cstddef>
#include <cstdint>
#include <vector>

#include "client/import/object_graph.h"

namespace heapd::importer {

// Graphs on the way from one state of a heap to the next one, as if its program
// had got there bit by bit. What the new state has no more is gone with the
// first step. What is new comes with what it hangs from, and where that was
// there before, evenly, type by type. (V8's ids say nothing of time: most are
// given when a snapshot is written, in the order of addresses.) Objects without
// which one that stays would hang from nothing come with the first step.
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
  // Returns all objects, those first that are the nearest to a root.
  std::vector<uint32_t> FindParents();
  // Those that do not come at once, in the order in which they come.
  std::vector<uint32_t> Spread(
      const std::vector<uint32_t>& breadth_first) const;
  // Whether an object that is new hangs from one that comes at once.
  bool IsHead(uint32_t object) const;
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
