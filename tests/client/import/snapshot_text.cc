#include "tests/client/import/snapshot_text.h"

#include <cstddef>
#include <map>
#include <utility>

#include "zstd.h"

namespace heapd::importer {
namespace {

using Json = nlohmann::ordered_json;

const std::vector<std::string>& NodeTypes() {
  static const auto* const types =
      new std::vector<std::string>{"hidden",
                                   "array",
                                   "string",
                                   "object",
                                   "code",
                                   "closure",
                                   "regexp",
                                   "number",
                                   "native",
                                   "synthetic",
                                   "concatenated string",
                                   "sliced string",
                                   "symbol",
                                   "bigint",
                                   "object shape",
                                   "wasm object"};
  return *types;
}

const std::vector<std::string>& EdgeTypes() {
  static const auto* const types = new std::vector<std::string>{
      "context", "element",  "property", "internal",
      "hidden",  "shortcut", "weak"};
  return *types;
}

size_t IndexOf(const std::vector<std::string>& list, const std::string& entry) {
  for (size_t i = 0; i < list.size(); ++i) {
    if (list[i] == entry) return i;
  }
  return list.size();
}

Json Meta() {
  return {{"node_fields",
           {"type", "name", "id", "self_size", "edge_count", "trace_node_id",
            "detachedness"}},
          {"node_types",
           {NodeTypes(), "string", "number", "number", "number", "number",
            "number"}},
          {"edge_fields", {"type", "name_or_index", "to_node"}},
          {"edge_types", {EdgeTypes(), "string_or_number", "node"}}};
}

class Strings {
 public:
  size_t Index(const std::string& text) {
    const auto [it, inserted] = indexes_.try_emplace(text, list_.size());
    if (inserted) list_.push_back(text);
    return it->second;
  }
  const std::vector<std::string>& list() const { return list_; }

 private:
  std::map<std::string, size_t> indexes_;
  std::vector<std::string> list_ = {"<dummy>"};
};

}  // namespace

Json SnapshotText::Json() const {
  constexpr size_t kNodeWidth = 7;
  Strings strings;
  std::vector<uint64_t> nodes;
  std::vector<uint64_t> edges;
  for (const Node& node : nodes_) {
    nodes.insert(nodes.end(),
                 {IndexOf(NodeTypes(), node.type), strings.Index(node.name),
                  node.id, node.self_size, node.edges.size(), 0, 0});
    for (const Edge& edge : node.edges) {
      const bool numbered = edge.type == "element" || edge.type == "hidden";
      edges.insert(edges.end(), {IndexOf(EdgeTypes(), edge.type),
                                 numbered ? std::stoull(edge.name)
                                          : strings.Index(edge.name),
                                 edge.to * kNodeWidth});
    }
  }
  return {{"snapshot",
           {{"meta", Meta()},
            {"node_count", nodes_.size()},
            {"edge_count", edges.size() / 3},
            {"trace_function_count", 0}}},
          {"nodes", nodes},
          {"edges", edges},
          {"trace_function_infos", Json::array()},
          {"trace_tree", Json::array()},
          {"samples", Json::array()},
          {"locations", Json::array()},
          {"strings", strings.list()}};
}

SnapshotText TypicalSnapshot() {
  SnapshotText text;
  const uint32_t gc_roots = text.AddNode("synthetic", "(GC roots)", 3, 0);
  const uint32_t strong = text.AddNode("synthetic", "(Strong roots)", 5, 0);
  const uint32_t object = text.AddNode("object", "A", 101, 40);
  const uint32_t string = text.AddNode("string", "text", 103, 24);
  const uint32_t closure = text.AddNode("closure", "f", 105, 64);
  text.AddEdge(0, "element", "1", gc_roots);
  text.AddEdge(gc_roots, "element", "1", strong);
  text.AddEdge(strong, "element", "1", object);
  text.AddEdge(object, "property", "b", string);
  text.AddEdge(object, "weak", "w", string);
  text.AddEdge(object, "element", "0", closure);
  return text;
}

std::string Compress(std::string_view text) {
  std::string compressed(ZSTD_compressBound(text.size()), '\0');
  compressed.resize(ZSTD_compress(compressed.data(), compressed.size(),
                                  text.data(), text.size(), 3));
  return compressed;
}

}  // namespace heapd::importer
