#include "server/storage/comparison.h"

#include <gtest/gtest.h>

#include <map>
#include <random>

#include "absl/strings/str_cat.h"
#include "tests/server/storage/memory_store.h"

namespace heapd::server {
namespace {

struct Object {
  std::string class_name;
  uint64_t self_size;
  std::string tag = {};
};
using Graph = std::map<uint32_t, Object>;  // by snapshot id

// An index of `graph`; classes are numbered in the order of first use.
std::unique_ptr<NodeIndexReader> Index(const Graph& graph) {
  MemoryStore store(std::make_shared<MemoryStore::State>());
  NodeIndexBuilder builder;
  std::map<std::pair<std::string, std::string>, uint32_t> numbers;
  for (const auto& [id, object] : graph) {
    const auto [entry, is_new] = numbers.try_emplace(
        {object.class_name, object.tag}, static_cast<uint32_t>(numbers.size()));
    if (is_new) builder.AddClass(object.class_name, object.tag);
    EXPECT_TRUE(builder.Add(id, entry->second, object.self_size).ok());
  }
  const auto writer = *store.Create("index");
  EXPECT_TRUE(builder.WriteTo(*writer).ok());
  EXPECT_TRUE(writer->Commit().ok());
  return *NodeIndexReader::Open(*store.Open("index"));
}

std::vector<ComparisonRow> Compare(const Graph& base, const Graph& later) {
  return CompareIndexes(*Index(base), *Index(later))->classes;
}

// The definition, without any cleverness: class by class as DevTools does it.
std::map<std::string, ComparisonRow> NaiveComparison(const Graph& base,
                                                     const Graph& later) {
  std::map<std::string, ComparisonRow> rows;
  const auto holds = [](const Graph& graph, uint32_t id,
                        const std::string& class_name) {
    const auto found = graph.find(id);
    return found != graph.end() && found->second.class_name == class_name;
  };
  for (const auto& [id, object] : base) {
    if (holds(later, id, object.class_name)) continue;
    ComparisonRow& row = rows[object.class_name];
    ++row.deleted_count;
    row.freed_bytes += object.self_size;
  }
  for (const auto& [id, object] : later) {
    if (holds(base, id, object.class_name)) continue;
    ComparisonRow& row = rows[object.class_name];
    ++row.new_count;
    row.allocated_bytes += object.self_size;
  }
  for (auto& [name, row] : rows) row.class_name = name;
  return rows;
}

TEST(ComparisonTest, NewAndDeletedObjectsAreCountedByClass) {
  const std::vector<ComparisonRow> rows = Compare(
      {{1, {"A", 100}}, {3, {"B", 50}}, {5, {"B", 25}}},
      {{1, {"A", 100}}, {5, {"B", 25}}, {7, {"A", 10}}, {9, {"A", 20}}});
  ASSERT_EQ(rows.size(), 2u);
  EXPECT_EQ(rows[0], (ComparisonRow{"A", 2, 0, 30, 0}));
  EXPECT_EQ(rows[0].count_delta(), 2);
  EXPECT_EQ(rows[1], (ComparisonRow{"B", 0, 1, 0, 50}));
  EXPECT_EQ(rows[1].count_delta(), -1);
  EXPECT_EQ(rows[1].size_delta_bytes(), -50);
}

TEST(ComparisonTest, ASizeThatChangedIsNoChange) {
  EXPECT_TRUE(Compare({{1, {"A", 8}}}, {{1, {"A", 4000}}}).empty());
}

TEST(ComparisonTest, AnIdWithAnotherClassIsAnotherObject) {
  const std::vector<ComparisonRow> rows =
      Compare({{1, {"A", 8}}}, {{1, {"B", 16}}});
  ASSERT_EQ(rows.size(), 2u);
  EXPECT_EQ(rows[0], (ComparisonRow{"B", 1, 0, 16, 0}));
  EXPECT_EQ(rows[1], (ComparisonRow{"A", 0, 1, 0, 8}));
}

TEST(ComparisonTest, RowsFallBySizeDeltaThenRiseByName) {
  const std::vector<ComparisonRow> rows = Compare(
      {{1, {"gone", 8}}}, {{3, {"b", 8}}, {5, {"a", 8}}, {7, {"large", 9}}});
  ASSERT_EQ(rows.size(), 4u);
  EXPECT_EQ(rows[0].class_name, "large");
  EXPECT_EQ(rows[1].class_name, "a");
  EXPECT_EQ(rows[2].class_name, "b");
  EXPECT_EQ(rows[3].class_name, "gone");
}

TEST(ComparisonTest, EmptySnapshotsCompare) {
  EXPECT_TRUE(Compare({}, {}).empty());
  EXPECT_EQ(Compare({}, {{1, {"A", 8}}}).size(), 1u);
  EXPECT_EQ(Compare({{1, {"A", 8}}}, {}).size(), 1u);
}

Graph RandomGraph(std::mt19937_64& random, uint32_t classes) {
  Graph graph;
  const uint32_t objects = random() % 2000;
  for (uint32_t i = 0; i < objects; ++i) {
    const auto id = static_cast<uint32_t>(2 * (random() % 3000) + 1);
    graph[id] = {absl::StrCat("class", random() % classes),
                 8 + random() % 1000};
  }
  return graph;
}

TEST(ComparisonTest, AnyTwoSnapshotsCompareAsTheDefinitionSays) {
  for (uint64_t seed = 1; seed <= 200; ++seed) {
    SCOPED_TRACE(absl::StrCat("HEAPD_TEST_SEED=", seed));
    std::mt19937_64 random(seed);
    const auto classes = static_cast<uint32_t>(1 + random() % 40);
    const Graph base = RandomGraph(random, classes);
    Graph later = base;
    // Few or many changes.
    const uint32_t changes = random() % 2500;
    const Graph fresh = RandomGraph(random, classes);
    auto source = fresh.begin();
    for (uint32_t i = 0; i < changes; ++i) {
      if (random() % 2 == 0 && !later.empty()) {
        const auto victim = later.lower_bound(random() % 6000);
        later.erase(victim == later.end() ? later.begin() : victim);
      } else if (source != fresh.end()) {
        later.insert(*source++);
      }
    }
    const std::vector<ComparisonRow> rows = Compare(base, later);
    const std::map<std::string, ComparisonRow> expected =
        NaiveComparison(base, later);
    ASSERT_EQ(rows.size(), expected.size());
    for (const ComparisonRow& row : rows) {
      ASSERT_EQ(row, expected.at(row.class_name));
    }
  }
}

// Capability row 63.
TEST(ComparisonTest, TagsAreComparedBesideTheirClasses) {
  const Graph base = {{1, {"A", 8, "kept"}}, {3, {"A", 8, "gone"}}};
  const Graph later = {{1, {"A", 8, "kept"}},
                       {5, {"A", 8, "leak"}},
                       {7, {"B", 100, "leak"}},
                       {9, {"B", 1}}};
  const Comparison comparison = *CompareIndexes(*Index(base), *Index(later));
  ASSERT_EQ(comparison.classes.size(), 2u);
  EXPECT_EQ(comparison.classes[1].class_name, "A");
  EXPECT_EQ(comparison.classes[1].new_count, 1u);
  EXPECT_EQ(comparison.classes[1].deleted_count, 1u);
  ASSERT_EQ(comparison.tags.size(), 3u);
  EXPECT_EQ(comparison.tags[0].tag, "leak");
  EXPECT_EQ(comparison.tags[0].class_name, "");
  EXPECT_EQ(comparison.tags[0].new_count, 2u);
  EXPECT_EQ(comparison.tags[0].size_delta_bytes(), 108);
  EXPECT_EQ(comparison.tags[1].tag, "");
  EXPECT_EQ(comparison.tags[2].tag, "gone");
  EXPECT_EQ(comparison.tags[2].deleted_count, 1u);
}

TEST(ComparisonTest, WithoutTagsThereAreNoRowsOfThem) {
  EXPECT_TRUE(
      CompareIndexes(*Index({}), *Index({{1, {"A", 8}}}))->tags.empty());
}

}  // namespace
}  // namespace heapd::server
