#ifndef HEAPD_CLIENT_IMPORT_V8_SNAPSHOT_H_
#define HEAPD_CLIENT_IMPORT_V8_SNAPSHOT_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "client/import/snapshot_source.h"

namespace heapd::importer {

// What kind of thing a V8 node is. kOther: a kind that V8 has got since; its
// name is kept in V8Snapshot::node_type_names.
enum class V8NodeType : uint8_t {
  kHidden,
  kObject,
  kNative,
  kCode,
  kClosure,
  kRegExp,
  kString,
  kSynthetic,
  kOther,
};

enum class V8EdgeType : uint8_t {
  kContext,
  kElement,
  kProperty,
  kInternal,
  kHidden,
  kShortcut,
  kWeak,
};

// Element and hidden edges carry a number, the others a name.
constexpr bool HasName(V8EdgeType type) {
  return type != V8EdgeType::kElement && type != V8EdgeType::kHidden;
}

// A V8 heap snapshot in columns, checked: every index is in range, the counts
// add up, no two nodes have the same id. Nodes are named by their ordinals,
// which count from 0; node `root` is the one that everything hangs from.
//
// A value; about 25 bytes a node, 9 an edge, and the strings.
struct V8Snapshot {
  // Most nodes: as many objects as a heap can have.
  static constexpr uint64_t kMaxNodes = (uint64_t{1} << 30) - 1;
  static constexpr uint64_t kMaxEdges = (uint64_t{1} << 32) - 1;

  size_t node_count() const { return node_ids.size(); }
  size_t edge_count() const { return edge_targets.size(); }
  const std::string& name(uint32_t node) const {
    return strings[node_names[node]];
  }

  std::vector<std::string> node_type_names;  // as the file calls them
  std::vector<V8NodeType> node_types_of_names;

  std::vector<uint8_t> node_types;   // indexes of node_type_names
  std::vector<uint32_t> node_names;  // indexes of strings
  std::vector<uint64_t> node_ids;
  std::vector<uint64_t> node_self_sizes;  // bytes
  // Where a node's edges begin; one more than there are nodes.
  std::vector<uint32_t> edge_begins;

  std::vector<V8EdgeType> edge_types;
  // An index of strings, or a number, see HasName().
  std::vector<uint32_t> edge_names;
  std::vector<uint32_t> edge_targets;  // nodes

  std::vector<std::string> strings;  // UTF-8
  uint32_t root = 0;

  V8NodeType type(uint32_t node) const {
    return node_types_of_names[node_types[node]];
  }
};

// Reads a `.heapsnapshot` file, plain or compressed with Zstandard.
// NOT_FOUND if there is none; INVALID_ARGUMENT, with the reason and where, for
// one that is not a whole V8 heap snapshot. The messages start with the path.
absl::StatusOr<V8Snapshot> ReadV8SnapshotFile(const std::string& path);

// The same from any source; messages without a path.
absl::StatusOr<V8Snapshot> ReadV8Snapshot(SnapshotSource& source);

}  // namespace heapd::importer

#endif  // HEAPD_CLIENT_IMPORT_V8_SNAPSHOT_H_
