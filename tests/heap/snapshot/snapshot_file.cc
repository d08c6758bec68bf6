#include "tests/heap/snapshot/snapshot_file.h"

#include <gtest/gtest.h>

#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "absl/strings/str_cat.h"

namespace heapd {
namespace {

using Json = nlohmann::json;

constexpr size_t kNodeColumns = 7;
constexpr size_t kEdgeColumns = 3;

constexpr size_t kFunctionColumns = 6;
constexpr size_t kTraceColumns = 5;

// Names of functions by tree node, for a tree of a root and its leaves.
std::map<uint64_t, std::string> ReadTraces(
    const Json& file, const std::vector<std::string>& strings,
    std::map<std::string, SnapshotFile::Trace>* traces) {
  std::map<uint64_t, std::string> names = {{0, ""}};
  const auto infos = file["trace_function_infos"].get<std::vector<uint64_t>>();
  EXPECT_EQ(infos.size(),
            kFunctionColumns *
                file["snapshot"]["trace_function_count"].get<size_t>());
  if (infos.empty()) {
    EXPECT_TRUE(file["trace_tree"].empty());
    return names;
  }
  EXPECT_EQ(strings.at(infos[1]), "(root)");
  const Json& root = file["trace_tree"];
  EXPECT_EQ(root.size(), kTraceColumns);
  const Json& leaves = root.at(4);
  EXPECT_EQ(leaves.size() % kTraceColumns, 0u);
  for (size_t i = 0; i + kTraceColumns <= leaves.size(); i += kTraceColumns) {
    const size_t function = leaves.at(i + 1).get<size_t>();
    const std::string name =
        strings.at(infos.at(function * kFunctionColumns + 1));
    EXPECT_TRUE(names.emplace(leaves.at(i).get<uint64_t>(), name).second);
    (*traces)[name] = {leaves.at(i + 2).get<uint64_t>(),
                       leaves.at(i + 3).get<uint64_t>()};
    EXPECT_TRUE(leaves.at(i + 4).empty());
  }
  return names;
}

}  // namespace

SnapshotFile::SnapshotFile(const std::string& text, Reachable reachable) {
  const Json file = Json::parse(text, nullptr, /*allow_exceptions=*/false);
  EXPECT_TRUE(file.is_object()) << text.substr(0, 1000);
  if (!file.is_object()) return;
  strings_ = file["strings"].get<std::vector<std::string>>();
  EXPECT_EQ(std::set<std::string>(strings_.begin(), strings_.end()).size(),
            strings_.size())
      << "a string is there twice";
  const Json& meta = file["snapshot"]["meta"];
  EXPECT_EQ(meta["node_fields"].size(), kNodeColumns);
  EXPECT_EQ(meta["edge_fields"].size(), kEdgeColumns);
  const auto nodes = file["nodes"].get<std::vector<uint64_t>>();
  const auto edges = file["edges"].get<std::vector<uint64_t>>();
  EXPECT_EQ(nodes.size(),
            kNodeColumns * file["snapshot"]["node_count"].get<size_t>());
  EXPECT_EQ(edges.size(),
            kEdgeColumns * file["snapshot"]["edge_count"].get<size_t>());
  const std::map<uint64_t, std::string> tags =
      ReadTraces(file, strings_, &traces_);
  std::set<uint64_t> ids;
  size_t edge = 0;
  for (size_t row = 0; row + kNodeColumns <= nodes.size();
       row += kNodeColumns) {
    Node node;
    node.type = meta["node_types"][0].at(nodes[row]).get<std::string>();
    node.name = strings_.at(nodes[row + 1]);
    node.id = nodes[row + 2];
    node.self_size = nodes[row + 3];
    EXPECT_TRUE(ids.insert(node.id).second) << "id " << node.id << " twice";
    EXPECT_EQ(node.id % 2, 1u);
    EXPECT_EQ(tags.count(nodes[row + 5]), 1u) << "no such trace node";
    node.tag = tags.at(nodes[row + 5]);
    for (uint64_t i = 0; i < nodes[row + 4]; ++i, edge += kEdgeColumns) {
      Edge e;
      e.type = meta["edge_types"][0].at(edges.at(edge)).get<std::string>();
      e.name = e.type == "element" ? absl::StrCat(edges[edge + 1])
                                   : strings_.at(edges[edge + 1]);
      EXPECT_EQ(edges[edge + 2] % kNodeColumns, 0u);
      EXPECT_LT(edges[edge + 2], nodes.size());
      e.to = edges[edge + 2] / kNodeColumns;
      node.edges.push_back(e);
    }
    nodes_.push_back(node);
  }
  EXPECT_EQ(edge, edges.size());
  if (reachable == Reachable::kAllNodes) CheckReachable();
}

void SnapshotFile::CheckReachable() const {
  std::vector<size_t> queue = {0};
  std::vector<bool> seen(nodes_.size());
  seen[0] = true;
  for (size_t next = 0; next < queue.size(); ++next) {
    for (const Edge& edge : nodes_[queue[next]].edges) {
      if (edge.type == "weak" || seen[edge.to]) continue;
      seen[edge.to] = true;
      queue.push_back(edge.to);
    }
  }
  EXPECT_EQ(queue.size(), nodes_.size()) << "not every node is reachable";
}

const SnapshotFile::Node& SnapshotFile::NodeNamed(
    const std::string& name) const {
  EXPECT_EQ(CountNamed(name), 1u) << name;
  for (const Node& node : nodes_) {
    if (node.name == name) return node;
  }
  static const Node* const none = new Node();
  return *none;
}

size_t SnapshotFile::CountNamed(const std::string& name) const {
  size_t count = 0;
  for (const Node& node : nodes_) count += node.name == name ? 1 : 0;
  return count;
}

std::vector<std::string> SnapshotFile::EdgesOf(const std::string& name) const {
  std::vector<std::string> edges;
  for (const Edge& edge : NodeNamed(name).edges) {
    edges.push_back(
        absl::StrCat(edge.type, ":", edge.name, "->", nodes_[edge.to].name));
  }
  return edges;
}

uint64_t SnapshotFile::SumOfSelfSizes() const {
  uint64_t sum = 0;
  for (const Node& node : nodes_) sum += node.self_size;
  return sum;
}

}  // namespace heapd
