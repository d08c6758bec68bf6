#ifndef HEAPD_TESTS_HEAP_SNAPSHOT_SNAPSHOT_FILE_H_
#define HEAPD_TESTS_HEAP_SNAPSHOT_SNAPSHOT_FILE_H_

#include <algorithm>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "heap/snapshot/snapshot_sink.h"

namespace heapd {

// Keeps what a snapshot writes; fails on request.
class MemorySink : public SnapshotSink {
 public:
  struct NodeCall {
    uint32_t snapshot_id;
    uint32_t class_number;
    uint64_t self_size;
  };

  absl::Status Write(absl::string_view bytes) override {
    largest_piece_ = std::max(largest_piece_, bytes.size());
    if (writes_left_ == 0) return absl::UnavailableError("sink is full");
    --writes_left_;
    text_.append(bytes.data(), bytes.size());
    return absl::OkStatus();
  }
  absl::Status Node(uint32_t snapshot_id, uint32_t class_number,
                    uint64_t self_size) override {
    if (nodes_left_ == 0) return absl::AbortedError("no more nodes");
    --nodes_left_;
    nodes_.push_back({snapshot_id, class_number, self_size});
    return absl::OkStatus();
  }
  absl::Status Class(absl::string_view name, absl::string_view tag) override {
    classes_.emplace_back(name);
    tags_.emplace_back(tag);
    return absl::OkStatus();
  }

  void FailAfterWrites(uint64_t count) { writes_left_ = count; }
  void FailAfterNodes(uint64_t count) { nodes_left_ = count; }

  const std::string& text() const { return text_; }
  size_t largest_piece() const { return largest_piece_; }
  const std::vector<NodeCall>& nodes() const { return nodes_; }
  // By class number.
  const std::vector<std::string>& classes() const { return classes_; }
  const std::vector<std::string>& tags() const { return tags_; }

 private:
  std::string text_;
  size_t largest_piece_ = 0;
  std::vector<NodeCall> nodes_;
  std::vector<std::string> classes_;
  std::vector<std::string> tags_;
  uint64_t writes_left_ = UINT64_MAX;
  uint64_t nodes_left_ = UINT64_MAX;
};

// A .heapsnapshot as a reader sees it. Constructing one checks what every file
// must have: columns, counts, edges that lead to nodes, names that are there,
// unique ids and strings, every node reachable over edges that are not weak
// (unless only most have to be).
class SnapshotFile {
 public:
  struct Edge {
    std::string type;
    std::string name;
    size_t to;  // in nodes()
  };
  struct Node {
    std::string type;
    std::string name;
    uint64_t id;
    uint64_t self_size;
    std::vector<Edge> edges;
    std::string tag;  // of its allocation stack
  };
  // What an allocation stack says that was allocated there.
  struct Trace {
    uint64_t count;
    uint64_t size;
    friend bool operator==(const Trace&, const Trace&) = default;
  };

  enum class Reachable { kAllNodes, kMostNodes };
  explicit SnapshotFile(const std::string& text,
                        Reachable reachable = Reachable::kAllNodes);

  const std::vector<Node>& nodes() const { return nodes_; }
  const std::vector<std::string>& strings() const { return strings_; }
  // By tag.
  const std::map<std::string, Trace>& traces() const { return traces_; }
  // The only node with this name; records a test failure when there is none.
  const Node& NodeNamed(const std::string& name) const;
  size_t CountNamed(const std::string& name) const;
  // "type:name->name of the target" for each edge of the node, in order.
  std::vector<std::string> EdgesOf(const std::string& name) const;
  uint64_t SumOfSelfSizes() const;

 private:
  void CheckReachable() const;

  std::vector<Node> nodes_;
  std::vector<std::string> strings_;
  std::map<std::string, Trace> traces_;
};

}  // namespace heapd

#endif  // HEAPD_TESTS_HEAP_SNAPSHOT_SNAPSHOT_FILE_H_
