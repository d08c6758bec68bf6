#ifndef HEAPD_TESTS_CLIENT_IMPORT_SNAPSHOT_TEXT_H_
#define HEAPD_TESTS_CLIENT_IMPORT_SNAPSHOT_TEXT_H_

#include <cstdint>
#include <memory>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "client/import/snapshot_source.h"
#include "client/import/v8_snapshot.h"
#include "nlohmann/json.hpp"

namespace heapd::importer {

// Makes the text of a small V8 heap snapshot, as Node 20 writes it. Node 0 is
// the root and is there from the beginning.
class SnapshotText {
 public:
  SnapshotText() { AddNode("synthetic", "", 1, 0); }

  // `type` as V8 calls it. Returns the node's ordinal.
  uint32_t AddNode(std::string_view type, std::string_view name, uint64_t id,
                   uint64_t self_size) {
    nodes_.push_back({std::string(type), std::string(name), id, self_size, {}});
    return static_cast<uint32_t>(nodes_.size() - 1);
  }
  // `name` is a number for element and hidden edges.
  void AddEdge(uint32_t from, std::string_view type, std::string_view name,
               uint32_t to) {
    nodes_[from].edges.push_back({std::string(type), std::string(name), to});
  }

  nlohmann::ordered_json Json() const;
  std::string Text() const { return Json().dump(); }

 private:
  struct Edge {
    std::string type;
    std::string name;
    uint32_t to;
  };
  struct Node {
    std::string type;
    std::string name;
    uint64_t id;
    uint64_t self_size;
    std::vector<Edge> edges;
  };
  std::vector<Node> nodes_;
};

// The root, "(GC roots)", below it "(Strong roots)" with an object `A` of 40
// bytes that has a property "b" and a weak "w", both to a string "text", and a
// function.
SnapshotText TypicalSnapshot();

// Reads a snapshot from a text or from compressed bytes.
inline absl::StatusOr<V8Snapshot> ReadText(std::string bytes,
                                           const SourceLimits& limits = {}) {
  SnapshotSource source(std::make_unique<std::istringstream>(std::move(bytes)),
                        limits);
  return ReadV8Snapshot(source);
}

// Compresses with Zstandard.
std::string Compress(std::string_view text);

}  // namespace heapd::importer

#endif  // HEAPD_TESTS_CLIENT_IMPORT_SNAPSHOT_TEXT_H_
