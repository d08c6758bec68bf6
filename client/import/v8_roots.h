#ifndef HEAPD_CLIENT_IMPORT_V8_ROOTS_H_
#define HEAPD_CLIENT_IMPORT_V8_ROOTS_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "client/import/v8_snapshot.h"

namespace heapd::importer {

// A node that becomes a named root.
struct V8Root {
  uint32_t node;
  std::string name;  // 1 to 1,024 bytes, unlike the others'
};

// The two nodes of a snapshot that only hold the roots together.
struct V8RootGroups {
  uint32_t root;
  uint32_t gc_roots;  // "(GC roots)"; as root if there is none

  bool contains(uint32_t node) const {
    return node == root || node == gc_roots;
  }
};

V8RootGroups FindRootGroups(const V8Snapshot& snapshot);

// What the edges out of these two nodes, other than weak ones, lead to, in
// their order; each node once. Named as the node is, or else as the edge is;
// the second of a name gets " 2" behind it, and so on.
std::vector<V8Root> FindRoots(const V8Snapshot& snapshot,
                              const V8RootGroups& groups);

// By node: whether it is one of `roots` or can be reached from one over edges
// that are not weak, without going through the two nodes.
std::vector<bool> FindReachable(const V8Snapshot& snapshot,
                                const V8RootGroups& groups,
                                const std::vector<V8Root>& roots);

// At most `max_bytes` of `text`, whole characters of UTF-8 only.
std::string_view CutText(std::string_view text, size_t max_bytes);

}  // namespace heapd::importer

#endif  // HEAPD_CLIENT_IMPORT_V8_ROOTS_H_
