// Reduced snapshots: what they show, and that a viewer can open them.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tests/heap/heap_fixture.h"
#include "tests/heap/snapshot/snapshot_file.h"

namespace heapd {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class ReducedSnapshotTest : public HeapTest {
 protected:
  Ref NewOf(absl::string_view type, const std::vector<Value>& values = {},
            absl::string_view tag = {}) {
    return *heap_->Allocate(kSession,
                            *heap_->DefineType(type, TypeKind::kObject, {}), "",
                            0, values, tag);
  }
  absl::StatusOr<SnapshotSummary> Write(const SnapshotReduction& reduction,
                                        std::string* text) {
    SnapshotOptions options;
    options.reduction = reduction;
    MemorySink sink;
    Collection collection;
    const auto summary = heap_->WriteSnapshot(options, &sink, &collection);
    *text = sink.text();
    return summary;
  }
  SnapshotFile File(const SnapshotReduction& reduction) {
    std::string text;
    EXPECT_OK(Write(reduction, &text).status());
    return SnapshotFile(text);
  }
};

std::vector<std::string> Objects(const SnapshotFile& file) {
  std::vector<std::string> names;
  for (const SnapshotFile::Node& node : file.nodes()) {
    if (node.type != "synthetic") names.push_back(node.name);
  }
  return names;
}

TEST_F(ReducedSnapshotTest, ShowsAClassWithWhatLeadsToIt) {
  const Ref leaf = NewOf("Leaf");
  const Ref error = NewOf("Error", {Value::Strong(leaf)});
  const Ref array = NewOf("Array", {Value::Strong(error)});
  const Ref other = NewOf("Other", {Value::Strong(leaf)});
  ASSERT_OK(heap_->Root("log", array).status());
  ASSERT_OK(heap_->Root("other", other).status());
  for (const Ref ref : {leaf, error, array, other}) Release(ref);
  std::string text;
  const SnapshotSummary summary = *Write({.class_names = {"Error"}}, &text);
  const SnapshotFile file(text);
  EXPECT_THAT(Objects(file), ElementsAre("Error", "Array"));
  EXPECT_THAT(file.EdgesOf("(Named roots)"),
              ElementsAre("property:log->Array"));
  EXPECT_THAT(file.EdgesOf("(Client sessions)"), IsEmpty());
  EXPECT_THAT(file.EdgesOf("Array"), ElementsAre("element:0->Error"));
  EXPECT_THAT(file.EdgesOf("Error"), IsEmpty());
  EXPECT_EQ(summary.object_count, 2u);
  EXPECT_EQ(summary.left_out_object_count, 2u);
  EXPECT_EQ(summary.node_count, file.nodes().size());
  EXPECT_EQ(summary.total_self_size_bytes, file.SumOfSelfSizes());
}

TEST_F(ReducedSnapshotTest, TakesConditionsTogether) {
  NewOf("A", {}, "here");
  NewOf("A", {}, "there");
  NewOf("B", {}, "here");
  EXPECT_THAT(Objects(File({.class_names = {"A"}, .tags = {"here"}})),
              ElementsAre("A"));
  EXPECT_THAT(Objects(File({.tags = {"here"}})), ElementsAre("A", "B"));
  EXPECT_THAT(
      Objects(File({.class_names = {"A", "B"}, .tags = {"here", "there"}})),
      ElementsAre("A", "A", "B"));
}

TEST_F(ReducedSnapshotTest, OfNothingIsAFileThatOpens) {
  NewOf("A");
  EXPECT_THAT(Objects(File({.class_names = {"NoSuchClass"}})), IsEmpty());
}

TEST_F(ReducedSnapshotTest, WithoutMemoryThereIsAClearError) {
  MemoryBudget budget(uint64_t{64} << 20);
  heap_ = *Heap::Create({.limit_bytes = uint64_t{32} << 20}, &budget);
  ASSERT_OK(heap_->OpenSession(kSession, ""));
  MemoryAccount rest(&budget);
  ASSERT_OK(rest.SetLimits(budget.total_bytes(), 0));
  const TypeId type = *heap_->DefineType("A", TypeKind::kObject, {});
  for (int i = 0; i < 1000; ++i) {
    ASSERT_OK(heap_->Allocate(kSession, type, "", 0, {}).status());
  }
  ASSERT_TRUE(
      rest.Take(budget.total_bytes() - budget.charged_bytes() - 60'000));
  std::string text;
  EXPECT_THAT(Write({.class_names = {"A"}}, &text),
              HasReason(reason::kSnapshotBudget));
  rest.Give(rest.committed_bytes());
  heap_.reset();  // before the budget
}

// What a reduction must keep, found from the file of the whole heap.
class Expected {
 public:
  explicit Expected(const SnapshotFile& whole) : file_(whole) {
    // Again and again, until no way gets shorter.
    depth_[0] = 0;
    for (bool changed = true; changed;) {
      changed = false;
      for (size_t from = 0; from < file_.nodes().size(); ++from) {
        if (depth_.count(from) == 0) continue;
        for (const SnapshotFile::Edge& edge : file_.nodes()[from].edges) {
          if (edge.type == "weak") continue;
          const uint32_t depth = depth_[from] + DepthOf(edge.to);
          const auto known = depth_.find(edge.to);
          if (known != depth_.end() && known->second <= depth) continue;
          depth_[edge.to] = depth;
          changed = true;
        }
      }
    }
  }

  // Links from what holds it; ids of nodes name them.
  std::map<uint64_t, uint32_t> Depths() const {
    std::map<uint64_t, uint32_t> depths;
    for (const auto& [node, depth] : depth_) {
      depths[file_.nodes()[node].id] = depth;
    }
    return depths;
  }

 private:
  // Of the edge to it.
  uint32_t DepthOf(size_t node) const {
    return file_.nodes()[node].type == "synthetic" ? 0 : 1;
  }

  const SnapshotFile& file_;
  std::map<size_t, uint32_t> depth_;
};

// In random graphs: every object that meets the conditions is there, as far
// from what holds it as in the whole; every other one is on a way to one; and
// every edge between two that are there is there.
TEST_F(ReducedSnapshotTest, IsThePartOfTheWholeThatItSays) {
  std::mt19937 random(11);
  const std::vector<std::string> classes = {"A", "B", "C"};
  const std::vector<std::string> tags = {"", "s", "t"};
  for (int round = 0; round < 150; ++round) {
    MakeHeap(HeapOptions());
    std::vector<Ref> refs;
    const size_t count = 1 + random() % 40;
    for (size_t i = 0; i < count; ++i) {
      std::vector<Value> values;
      for (size_t n = random() % 4; n > 0 && !refs.empty(); --n) {
        const Ref to = refs[random() % refs.size()];
        values.push_back(random() % 4 == 0 ? Value::Weak(to)
                                           : Value::Strong(to));
      }
      refs.push_back(NewOf(classes[random() % 3], values, tags[random() % 3]));
    }
    for (const Ref ref : refs) {
      if (random() % 5 == 0) {
        ASSERT_OK(
            heap_->Root(absl::StrCat("root ", random() % 5), ref).status());
      }
      if (random() % 3 > 0) Release(ref);
    }
    SnapshotReduction reduction;
    if (random() % 2 == 0) reduction.class_names = {"A", "C"};
    if (random() % 2 == 0) reduction.tags = {"s"};
    if (random() % 2 == 0) reduction.max_depth = 1 + random() % 4;
    const SnapshotFile whole = File({});
    const SnapshotFile reduced = File(reduction);
    const auto depths = Expected(whole).Depths();
    const auto reduced_depths = Expected(reduced).Depths();
    const auto meets = [&](const SnapshotFile::Node& node) {
      const auto is_in = [](const std::vector<std::string>& names,
                            const std::string& name) {
        return names.empty() ||
               std::find(names.begin(), names.end(), name) != names.end();
      };
      return is_in(reduction.class_names, node.name) &&
             is_in(reduction.tags, node.tag) &&
             (reduction.max_depth == 0 ||
              depths.at(node.id) <= reduction.max_depth);
    };
    std::map<uint64_t, const SnapshotFile::Node*> shown;
    for (const auto& node : reduced.nodes()) shown[node.id] = &node;
    size_t edges = 0;
    for (const auto& node : whole.nodes()) {
      if (node.type != "synthetic" && meets(node)) {
        ASSERT_EQ(shown.count(node.id), 1u) << "round " << round;
        ASSERT_EQ(reduced_depths.at(node.id), depths.at(node.id));
      }
      if (shown.count(node.id) == 0) continue;
      for (const auto& edge : node.edges) {
        edges += shown.count(whole.nodes()[edge.to].id);
      }
    }
    size_t shown_edges = 0;
    std::set<size_t> leads_on;
    for (size_t i = reduced.nodes().size(); i-- > 0;) {
      shown_edges += reduced.nodes()[i].edges.size();
    }
    ASSERT_EQ(shown_edges, edges) << "round " << round;
    // Without what leads nowhere there is nothing left that does not meet.
    for (bool changed = true; changed;) {
      changed = false;
      for (size_t i = 0; i < reduced.nodes().size(); ++i) {
        const auto& node = reduced.nodes()[i];
        if (leads_on.count(i) > 0) continue;
        bool leads = node.type == "synthetic" || meets(node);
        for (const auto& edge : node.edges) {
          leads |= edge.type != "weak" && leads_on.count(edge.to) > 0;
        }
        if (leads) changed = leads_on.insert(i).second;
      }
    }
    ASSERT_EQ(leads_on.size(), reduced.nodes().size()) << "round " << round;
  }
}

TEST_F(ReducedSnapshotTest, LeavesOutWhatRetainsLittle) {
  const Ref leaf =
      *heap_->Allocate(kSession, type_, std::string(5000, 'x'), 0, {});
  const Ref keeper = NewOf("Keeper", {Value::Strong(leaf)});
  NewOf("Small");
  Release(leaf);
  EXPECT_TRUE(IsThere(keeper));
  EXPECT_THAT(Objects(File({.min_retained_size = 5000})),
              ElementsAre("Thing", "Keeper"));
  EXPECT_THAT(Objects(File({.min_retained_size = 100'000})), IsEmpty());
}

}  // namespace
}  // namespace heapd
