// The three states of a real service in tests/data: what the importer
// makes of them against what another reader finds in the files.

#include <cstdint>
#include <iterator>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "client/import/graph_diff.h"
#include "client/import/snapshot_source.h"
#include "client/import/v8_mapping.h"
#include "client/import/v8_snapshot.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"

namespace heapd::importer {
namespace {

std::string PathOf(int state) {
  return absl::StrCat(HEAPD_TEST_DATA_DIR, "/node20-leaky-", state,
                      ".heapsnapshot.zst");
}

// How many nodes each class has, and how many edges lead from one to another.
struct Census {
  std::map<std::string, uint64_t> nodes;
  std::map<std::pair<std::string, std::string>, uint64_t> edges;
};

std::string DevToolsClass(const std::string& type, const std::string& name) {
  if (type == "object" || type == "native") return name;
  if (type == "closure") return "Function";
  if (type == "code") return "(compiled code)";
  if (type == "hidden") return "(system)";
  if (type == "regexp") return "RegExp";
  return "(" + type + ")";
}

// Node 0 is the root and node 1 "(GC roots)" in these files, and every other
// node is reachable; edges out of the two are roots, not edges.
Census CensusOfFile(int state) {
  auto source = SnapshotSource::Open(PathOf(state),
                                     {.max_token_bytes = uint64_t{1} << 30});
  std::istream text(source->get());
  const nlohmann::json json = nlohmann::json::parse(text);
  const auto& types = json["snapshot"]["meta"]["node_types"][0];
  const auto& nodes = json["nodes"];
  const auto& edges = json["edges"];
  std::vector<std::string> classes;
  for (size_t i = 0; i < nodes.size(); i += 7) {
    classes.push_back(
        DevToolsClass(types[nodes[i].get<size_t>()],
                      json["strings"][nodes[i + 1].get<size_t>()]));
  }
  Census census;
  size_t edge = 0;
  for (size_t node = 0; node < classes.size(); ++node) {
    const size_t end = edge + 3 * nodes[7 * node + 4].get<size_t>();
    if (node > 1) ++census.nodes[classes[node]];
    for (; edge < end; edge += 3) {
      const size_t to = edges[edge + 2].get<size_t>() / 7;
      if (node > 1) ++census.edges[{classes[node], classes[to]}];
    }
  }
  return census;
}

Census CensusOf(const ObjectGraph& graph, const TypeTable& types) {
  Census census;
  const auto name = [&](uint32_t object) {
    return types.type(graph.types[object]).name;
  };
  for (uint32_t i = 0; i < graph.object_count(); ++i) {
    ++census.nodes[name(i)];
    for (const GraphSlot slot : graph.slots_of(i)) {
      if (!slot.is_null()) ++census.edges[{name(i), name(slot.target)}];
    }
  }
  return census;
}

MappedGraph MapFile(int state, TypeTable& types) {
  absl::StatusOr<V8Snapshot> snapshot = ReadV8SnapshotFile(PathOf(state));
  EXPECT_TRUE(snapshot.ok()) << snapshot.status();
  absl::StatusOr<MappedGraph> mapped =
      MapV8Snapshot(*std::move(snapshot), types);
  EXPECT_TRUE(mapped.ok()) << mapped.status();
  return *std::move(mapped);
}

class V8FilesTest : public testing::TestWithParam<int> {};

TEST_P(V8FilesTest, KeepsEveryNodeAndEdgeOfEachClass) {
  TypeTable types;
  const MappedGraph mapped = MapFile(GetParam(), types);
  EXPECT_EQ(mapped.losses.unreachable_nodes, 0u);
  EXPECT_EQ(mapped.losses.dropped_edges, 0u);
  EXPECT_EQ(mapped.losses.cut_payloads, 0u);
  EXPECT_EQ(mapped.losses.cut_names, 0u);
  EXPECT_EQ(mapped.losses.unnamed_slots, 0u);
  const Census expected = CensusOfFile(GetParam());
  const Census census = CensusOf(mapped.graph, types);
  EXPECT_EQ(census.nodes, expected.nodes);
  EXPECT_EQ(census.edges, expected.edges);
}

INSTANTIATE_TEST_SUITE_P(States, V8FilesTest, testing::Values(1, 2, 3));

// New and gone objects of a class.
using Growth = std::map<std::string, std::pair<uint64_t, uint64_t>>;

Growth GrowthOf(const ObjectGraph& from, const GraphChanges& changes,
                const TypeTable& types) {
  Growth growth;
  std::vector<bool> kept(from.object_count());
  for (uint32_t i = 0; i < changes.origins.size(); ++i) {
    if (changes.origins[i] == kNoObject) {
      ++growth[types.type(changes.result.types[i]).name].first;
    } else {
      kept[changes.origins[i]] = true;
    }
  }
  for (uint32_t i = 0; i < from.object_count(); ++i) {
    if (!kept[i]) ++growth[types.type(from.types[i]).name].second;
  }
  return growth;
}

TEST(V8FileChangesTest, LeadFromEachStateToTheNext) {
  TypeTable types;
  ObjectGraph now = MapFile(1, types).graph;
  for (const int state : {2, 3}) {
    GraphChanges changes = DiffGraphs(now, MapFile(state, types).graph, types);
    const Census expected = CensusOfFile(state);
    const Census census = CensusOf(changes.result, types);
    EXPECT_EQ(census.nodes, expected.nodes);
    EXPECT_EQ(census.edges, expected.edges);

    Growth growth = GrowthOf(now, changes, types);
    const std::pair<uint64_t, uint64_t> leak(400, 0);
    EXPECT_EQ(growth["UpstreamError"], leak);
    EXPECT_EQ(growth["RequestContext"], leak);
    // Few objects lose their identity by the mapping.
    EXPECT_LT(changes.replaced_count, 200u);
    EXPECT_GT(changes.kept_count, 57000u);
    now = std::move(changes.result);
  }
}

}  // namespace
}  // namespace heapd::importer
