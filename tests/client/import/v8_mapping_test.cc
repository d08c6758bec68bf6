#include "client/import/v8_mapping.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/strings/str_cat.h"
#include "client/import/v8_roots.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/client/import/snapshot_text.h"

namespace heapd::importer {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class V8MappingTest : public testing::Test {
 protected:
  MappedGraph Map(const SnapshotText& text) {
    absl::StatusOr<V8Snapshot> snapshot = ReadText(text.Text());
    EXPECT_TRUE(snapshot.ok()) << snapshot.status();
    absl::StatusOr<MappedGraph> mapped =
        MapV8Snapshot(*std::move(snapshot), types_);
    EXPECT_TRUE(mapped.ok()) << mapped.status();
    return *std::move(mapped);
  }
  const ObjectType& TypeOf(const ObjectGraph& graph, uint32_t object) const {
    return types_.type(graph.types[object]);
  }
  // The class of an only child of the root.
  std::string ClassOfNode(std::string_view type, std::string_view name) {
    SnapshotText text;
    text.AddEdge(0, "element", "1", text.AddNode(type, name, 3, 8));
    const ObjectGraph graph = Map(text).graph;
    return TypeOf(graph, 0).name;
  }

  TypeTable types_;
};

TEST_F(V8MappingTest, MakesObjectsOfAllButTheTwoRootNodes) {
  const ObjectGraph graph = Map(TypicalSnapshot()).graph;
  EXPECT_THAT(graph.ids, ElementsAre(5, 101, 103, 105));
  EXPECT_THAT(graph.payload_sizes, ElementsAre(0, 40, 4, 64));
  EXPECT_EQ(TypeOf(graph, 1).name, "A");
  EXPECT_THAT(TypeOf(graph, 1).slot_names, ElementsAre("b", "w"));
  EXPECT_FALSE(TypeOf(graph, 1).is_string);
}

TEST_F(V8MappingTest, MakesASlotOfEachEdge) {
  const ObjectGraph graph = Map(TypicalSnapshot()).graph;
  const auto slots = graph.slots_of(1);
  ASSERT_EQ(slots.size(), 3u);
  EXPECT_EQ(slots[0], (GraphSlot{2, 0}));
  EXPECT_EQ(slots[1], (GraphSlot{2, 1}));
  EXPECT_EQ(slots[2], (GraphSlot{3, 0}));
  EXPECT_THAT(graph.slots_of(2), IsEmpty());
}

TEST_F(V8MappingTest, KeepsTheContentOfStrings) {
  const ObjectGraph graph = Map(TypicalSnapshot()).graph;
  EXPECT_EQ(graph.text(2), "text");
  EXPECT_TRUE(TypeOf(graph, 2).is_string);
  EXPECT_EQ(TypeOf(graph, 2).name, "(string)");
  EXPECT_EQ(graph.text(1), std::nullopt);
}

TEST_F(V8MappingTest, NamesClassesAsDevToolsDoes) {
  EXPECT_EQ(ClassOfNode("object", "Map"), "Map");
  EXPECT_EQ(ClassOfNode("native", "<div id=\"x\">"), "<div id=\"x\">");
  EXPECT_EQ(ClassOfNode("object", ""), "(no name)");
  EXPECT_EQ(ClassOfNode("closure", "f"), "Function");
  EXPECT_EQ(ClassOfNode("code", "f"), "(compiled code)");
  EXPECT_EQ(ClassOfNode("hidden", "system / Map"), "(system)");
  EXPECT_EQ(ClassOfNode("regexp", "/x/"), "RegExp");
  EXPECT_EQ(ClassOfNode("string", "x"), "(string)");
  EXPECT_EQ(ClassOfNode("concatenated string", "x"), "(concatenated string)");
  EXPECT_EQ(ClassOfNode("array", ""), "(array)");
  EXPECT_EQ(ClassOfNode("object shape", ""), "(object shape)");
  EXPECT_EQ(ClassOfNode("synthetic", "x"), "(synthetic)");
}

TEST_F(V8MappingTest, NamesTheSlotsOfEdgesThatHaveNames) {
  SnapshotText text;
  const uint32_t a = text.AddNode("object", "A", 3, 8);
  text.AddEdge(0, "element", "1", a);
  text.AddEdge(a, "element", "7", a);
  text.AddEdge(a, "context", "c", a);
  text.AddEdge(a, "hidden", "3", a);
  text.AddEdge(a, "shortcut", "s", a);
  text.AddEdge(a, "internal", "i", a);
  text.AddEdge(a, "property", "", a);
  const ObjectGraph graph = Map(text).graph;
  EXPECT_THAT(TypeOf(graph, 0).slot_names, ElementsAre("", "c", "", "s", "i"));
  EXPECT_EQ(graph.slots_of(0).size(), 6u);
}

TEST_F(V8MappingTest, RootsTheChildrenOfTheTwoRootNodes) {
  SnapshotText text;
  const uint32_t gc_roots = text.AddNode("synthetic", "(GC roots)", 3, 0);
  const uint32_t strong = text.AddNode("synthetic", "(Strong roots)", 5, 0);
  const uint32_t other = text.AddNode("synthetic", "(Strong roots)", 7, 0);
  const uint32_t global = text.AddNode("object", "global", 9, 8);
  const uint32_t unnamed = text.AddNode("object", "", 11, 8);
  text.AddEdge(0, "element", "1", gc_roots);
  text.AddEdge(0, "shortcut", "2", global);
  text.AddEdge(0, "property", "edge name", unnamed);
  text.AddEdge(gc_roots, "element", "1", strong);
  text.AddEdge(gc_roots, "element", "2", other);
  text.AddEdge(gc_roots, "element", "3", global);
  const ObjectGraph graph = Map(text).graph;
  EXPECT_THAT(graph.roots,
              ElementsAre(GraphRoot{"global", 2}, GraphRoot{"edge name", 3},
                          GraphRoot{"(Strong roots)", 0},
                          GraphRoot{"(Strong roots) 2", 1}));
}

TEST_F(V8MappingTest, GivesEachRootANameOfItsOwn) {
  SnapshotText text;
  for (const char* name : {"x", "x 2", "x", "x", ""}) {
    const auto id = static_cast<uint64_t>(text.Json()["nodes"].size());
    text.AddEdge(0, "element", "1", text.AddNode("synthetic", name, id, 0));
  }
  std::vector<std::string> names;
  for (const GraphRoot& root : Map(text).graph.roots) {
    names.push_back(root.name);
  }
  EXPECT_THAT(names, ElementsAre("x", "x 2", "x 3", "x 4", "root"));
}

TEST_F(V8MappingTest, LeavesOutWhatIsHeldWeaklyOnly) {
  SnapshotText text = TypicalSnapshot();
  const uint32_t weak_only = text.AddNode("object", "Weak", 201, 8);
  const uint32_t below = text.AddNode("object", "Below", 203, 8);
  const uint32_t lost = text.AddNode("object", "Lost", 205, 8);
  text.AddEdge(3, "weak", "v", weak_only);
  text.AddEdge(weak_only, "property", "p", below);
  text.AddEdge(lost, "property", "p", 3);
  text.AddEdge(3, "property", "q", 4);
  const MappedGraph mapped = Map(text);
  EXPECT_THAT(mapped.graph.ids, ElementsAre(5, 101, 103, 105));
  EXPECT_THAT(TypeOf(mapped.graph, 1).slot_names,
              ElementsAre("b", "w", "", "q"));
  EXPECT_EQ(mapped.losses.unreachable_nodes, 3u);
  EXPECT_EQ(mapped.losses.dropped_edges, 1u);
}

TEST_F(V8MappingTest, LeavesOutEdgesBackToTheRootNodes) {
  SnapshotText text = TypicalSnapshot();
  text.AddEdge(3, "property", "root", 0);
  const MappedGraph mapped = Map(text);
  EXPECT_EQ(mapped.graph.slots_of(1).size(), 3u);
  EXPECT_EQ(mapped.losses.dropped_edges, 1u);
}

TEST_F(V8MappingTest, CutsWhatIsTooLargeForHeapd) {
  // The 1,024th byte is in the middle of a character.
  std::string edge_name(513, '-');
  for (int i = 0; i < 512; ++i) edge_name.append("\xC3\xA9");
  SnapshotText text;
  const uint32_t a =
      text.AddNode("object", std::string(2000, 'n'), 3, uint64_t{1} << 40);
  text.AddEdge(0, "element", "1", a);
  text.AddEdge(a, "property", edge_name, a);
  const MappedGraph mapped = Map(text);
  EXPECT_EQ(TypeOf(mapped.graph, 0).name.size(), 1024u);
  EXPECT_EQ(TypeOf(mapped.graph, 0).slot_names[0].size(), 1023u);
  EXPECT_EQ(mapped.graph.payload_sizes[0], kMaxPayloadBytes);
  EXPECT_EQ(mapped.graph.roots[0].name.size(), 1000u);
  EXPECT_EQ(mapped.losses.cut_payloads, 1u);
  EXPECT_EQ(mapped.losses.cut_names, 1u);
}

TEST_F(V8MappingTest, LeavesSlotsBeyondTheLimitOfNamesUnnamed) {
  SnapshotText text;
  const uint32_t a = text.AddNode("object", "A", 3, 8);
  text.AddEdge(0, "element", "1", a);
  for (size_t i = 0; i < kMaxSlotNames + 5; ++i) {
    text.AddEdge(a, "property", "p", a);
  }
  const MappedGraph mapped = Map(text);
  EXPECT_EQ(TypeOf(mapped.graph, 0).slot_names.size(), kMaxSlotNames);
  EXPECT_EQ(mapped.graph.slots_of(0).size(), kMaxSlotNames + 5);
  EXPECT_EQ(mapped.losses.unnamed_slots, 5u);
}

TEST_F(V8MappingTest, StopsNamingSlotsWhenThereAreTooManyTypes) {
  const uint32_t known = types_.Intern({"A", false, {"known"}});
  for (size_t i = types_.size(); i < kMaxNamedTypes; ++i) {
    types_.Intern({absl::StrCat("type ", i), false, {}});
  }
  SnapshotText text;
  const uint32_t a = text.AddNode("object", "A", 3, 8);
  const uint32_t b = text.AddNode("object", "A", 5, 8);
  text.AddEdge(0, "element", "1", a);
  text.AddEdge(a, "property", "known", b);
  text.AddEdge(b, "property", "new", a);
  const MappedGraph mapped = Map(text);
  EXPECT_EQ(mapped.graph.types[0], known);
  EXPECT_THAT(TypeOf(mapped.graph, 1).slot_names, IsEmpty());
  EXPECT_EQ(mapped.losses.unnamed_slots, 1u);
}

TEST_F(V8MappingTest, RefusesAnObjectWithTooManyEdges) {
  V8Snapshot snapshot = *ReadText(TypicalSnapshot().Text());
  const size_t extra = kMaxSlots;
  for (size_t i = 0; i < extra; ++i) {
    snapshot.edge_types.push_back(V8EdgeType::kElement);
    snapshot.edge_names.push_back(0);
    snapshot.edge_targets.push_back(3);
  }
  // They all belong to the last node, the function.
  snapshot.edge_begins.back() += static_cast<uint32_t>(extra);
  EXPECT_TRUE(MapV8Snapshot(snapshot, types_).ok());
  snapshot.edge_types.push_back(V8EdgeType::kElement);
  snapshot.edge_names.push_back(0);
  snapshot.edge_targets.push_back(3);
  ++snapshot.edge_begins.back();
  const absl::StatusOr<MappedGraph> mapped =
      MapV8Snapshot(std::move(snapshot), types_);
  EXPECT_EQ(mapped.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(mapped.status().message()),
              HasSubstr("node 5 has 1048577 edges"));
}

TEST(CutTextTest, CutsBetweenCharacters) {
  EXPECT_EQ(CutText("abc", 3), "abc");
  EXPECT_EQ(CutText("abc", 2), "ab");
  EXPECT_EQ(CutText("a\xC3\xA9", 2), "a");
  EXPECT_EQ(CutText("\xF0\x9F\x98\x80x", 4), "\xF0\x9F\x98\x80");
  EXPECT_EQ(CutText("\xF0\x9F\x98\x80x", 3), "");
}

}  // namespace
}  // namespace heapd::importer
