#include "client/import/graph_diff.h"

#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/client/import/graph_spec.h"
#include "tests/client/import/model_heap.h"

namespace heapd::importer {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

// Root "r" -> 1 -next-> 2 -> 3.
GraphSpec Chain() {
  GraphSpec spec;
  spec.objects[1] = {"A", 8, {}, {{"next", 2}}};
  spec.objects[2] = {"A", 8, {}, {{"next", 3}}};
  spec.objects[3] = {"B", 0, {}, {}};
  spec.roots["r"] = 1;
  return spec;
}

class GraphDiffTest : public testing::Test {
 protected:
  // The changes between the two, which are also made in a model and looked at.
  GraphChanges Diff(const GraphSpec& from, const GraphSpec& to) {
    ModelHeap heap(types_);
    GraphChanges built =
        DiffGraphs(ObjectGraph(), MakeGraph(from, types_), types_);
    heap.Apply(built);
    EXPECT_EQ(heap.Compare(MakeGraph(from, types_)), "");
    GraphChanges changes =
        DiffGraphs(built.result, MakeGraph(to, types_), types_);
    heap.Apply(changes);
    EXPECT_EQ(heap.Compare(MakeGraph(to, types_)), "");
    EXPECT_EQ(heap.Compare(changes.result), "");
    EXPECT_FALSE(heap.used_dead_object());
    return changes;
  }

  TypeTable types_;
};

TEST_F(GraphDiffTest, BuildsAGraphFromNothing) {
  const GraphChanges changes = Diff({}, Chain());
  EXPECT_EQ(changes.added_count, 3u);
  EXPECT_THAT(changes.links, SizeIs(2));
  EXPECT_THAT(changes.roots, SizeIs(1));
  EXPECT_THAT(changes.holds, IsEmpty());
}

TEST_F(GraphDiffTest, RemovesEverything) {
  const GraphChanges changes = Diff(Chain(), {});
  EXPECT_EQ(changes.removed_count, 3u);
  ASSERT_THAT(changes.roots, SizeIs(1));
  EXPECT_EQ(changes.roots[0].object, kNoObject);
}

TEST_F(GraphDiffTest, FindsNothingToDoBetweenEqualGraphs) {
  const GraphChanges changes = Diff(Chain(), Chain());
  EXPECT_EQ(changes.kept_count, 3u);
  EXPECT_EQ(changes.added_count, 0u);
  EXPECT_THAT(changes.links, IsEmpty());
  EXPECT_THAT(changes.roots, IsEmpty());
  EXPECT_THAT(changes.holds, IsEmpty());
}

TEST_F(GraphDiffTest, ChangesOneSlotOnly) {
  GraphSpec to = Chain();
  to.objects[1].slots[0].target = 3;
  to.objects[3].slots = {};
  const GraphChanges changes = Diff(Chain(), to);
  EXPECT_EQ(changes.kept_count, 2u);
  EXPECT_EQ(changes.removed_count, 1u);
  EXPECT_THAT(changes.links, SizeIs(1));
  // 3 hangs from 2, which goes.
  EXPECT_THAT(changes.holds, ElementsAre(1));
}

TEST_F(GraphDiffTest, MakesAStrongSlotWeak) {
  GraphSpec to = Chain();
  to.objects[1].slots = {{"next", 3}};
  to.objects[3].slots = {{"", 2}};
  GraphSpec weak = to;
  weak.objects[2].slots[0].weak = true;
  EXPECT_THAT(Diff(to, weak).links, SizeIs(1));
}

TEST_F(GraphDiffTest, HoldsWhatHangsFromNothingForAWhile) {
  // 2 and 3 change places: each is unlinked before it is linked again.
  GraphSpec to = Chain();
  to.objects[3].slots = {{"", 2}};
  to.objects[1].slots[0].target = 3;
  to.objects[2].slots = {};
  const GraphChanges changes = Diff(Chain(), to);
  EXPECT_EQ(changes.kept_count, 3u);
  EXPECT_THAT(changes.holds, ElementsAre(1, 2));
}

TEST_F(GraphDiffTest, HoldsWhatARootLetsGo) {
  GraphSpec to = Chain();
  to.objects[4] = {"A", 0, {}, {{"", 1}}};
  to.roots = {{"other", 4}};
  const GraphChanges changes = Diff(Chain(), to);
  EXPECT_EQ(changes.kept_count, 3u);
  EXPECT_THAT(changes.holds, ElementsAre(0));
}

TEST_F(GraphDiffTest, AddsSlots) {
  GraphSpec to = Chain();
  to.objects[3].slots = {{"", 1}, {"", 2}};
  const GraphChanges changes = Diff(Chain(), to);
  EXPECT_EQ(changes.kept_count, 3u);
  ASSERT_THAT(changes.growths, SizeIs(1));
  EXPECT_EQ(changes.growths[0].count, 2u);
}

TEST_F(GraphDiffTest, LeavesSlotsNullThatAreNotNeededAnyMore) {
  GraphSpec to = Chain();
  to.objects[2].slots = {};
  to.objects[1].slots = {{"next", 2}, {"", 3}};
  const GraphChanges changes = Diff(Chain(), to);
  EXPECT_EQ(changes.kept_count, 3u);
  EXPECT_EQ(changes.result.slots_of(1).size(), 1u);
  EXPECT_TRUE(changes.result.slots_of(1)[0].is_null());
}

TEST_F(GraphDiffTest, ReplacesAnObjectThatNeedsANewSlotName) {
  GraphSpec to = Chain();
  to.objects[2].slots.push_back({"other", 1});
  const GraphChanges changes = Diff(Chain(), to);
  EXPECT_EQ(changes.kept_count, 2u);
  EXPECT_EQ(changes.added_count, 1u);
  EXPECT_EQ(changes.replaced_count, 1u);
  EXPECT_EQ(changes.removed_count, 1u);
}

TEST_F(GraphDiffTest, ReplacesAnObjectOfAnotherTypeOrPayload) {
  GraphSpec to = Chain();
  to.objects[2].type = "C";
  EXPECT_EQ(Diff(Chain(), to).replaced_count, 1u);
  to = Chain();
  to.objects[2].payload_size = 16;
  EXPECT_EQ(Diff(Chain(), to).replaced_count, 1u);
  to = Chain();
  to.objects[3].text = "";
  EXPECT_EQ(Diff(Chain(), to).replaced_count, 1u);
  GraphSpec other_text = to;
  to.objects[3] = {"B", 1, "x", {}};
  other_text.objects[3] = {"B", 1, "y", {}};
  EXPECT_EQ(Diff(to, other_text).replaced_count, 1u);
}

TEST_F(GraphDiffTest, MovesARootToAReplacedObject) {
  GraphSpec to = Chain();
  to.objects[1].payload_size = 16;
  const GraphChanges changes = Diff(Chain(), to);
  EXPECT_EQ(changes.kept_count, 2u);
  EXPECT_THAT(changes.roots, SizeIs(1));
}

// That what could be kept was, and only that.
void ExpectIdentitiesKept(const ObjectGraph& from, const ObjectGraph& to,
                          const GraphChanges& changes) {
  for (uint32_t i = 0; i < to.object_count(); ++i) {
    const uint32_t origin = changes.origins[i];
    if (origin != kNoObject) {
      EXPECT_EQ(from.ids[origin], to.ids[i]);
      continue;
    }
    for (uint32_t old = 0; old < from.object_count(); ++old) {
      EXPECT_FALSE(from.ids[old] == to.ids[i] &&
                   from.types[old] == to.types[i] &&
                   from.payload_sizes[old] == to.payload_sizes[i] &&
                   from.text(old) == to.text(i))
          << "object " << to.ids[i] << " could have been kept";
    }
  }
}

TEST(GraphDiffPropertyTest, TurnsRandomGraphsIntoEachOther) {
  constexpr uint64_t kSize = 24;
  for (uint32_t seed = 0; seed < 3000; ++seed) {
    SCOPED_TRACE(absl::StrCat("HEAPD_TEST_SEED=", seed));
    std::mt19937 random(seed);
    TypeTable types;
    ModelHeap heap(types);
    ObjectGraph now;
    GraphSpec spec = RandomSpec(random, kSize);
    // Several steps, since a later one starts from types and null slots that an
    // earlier one has left.
    for (int step = 0; step < 4; ++step) {
      const ObjectGraph wanted = MakeGraph(spec, types);
      GraphChanges changes = DiffGraphs(now, wanted, types);
      heap.Apply(changes);
      ASSERT_EQ(heap.Compare(wanted), "");
      ASSERT_EQ(heap.Compare(changes.result), "");
      ASSERT_FALSE(heap.used_dead_object());
      ASSERT_EQ(changes.kept_count + changes.added_count,
                wanted.object_count());
      ASSERT_EQ(changes.kept_count + changes.removed_count, now.object_count());
      ExpectIdentitiesKept(now, wanted, changes);
      if (testing::Test::HasFailure()) return;
      now = std::move(changes.result);
      spec = step == 2 ? RandomSpec(random, kSize)
                       : ChangeSpec(std::move(spec), random, kSize);
    }
  }
}

// Tests the test: without the holds the model does lose objects.
TEST(GraphDiffPropertyTest, NoticesWhenHoldsAreMissing) {
  int lost = 0;
  for (uint32_t seed = 0; seed < 200; ++seed) {
    std::mt19937 random(seed);
    TypeTable types;
    ModelHeap heap(types);
    const GraphSpec spec = RandomSpec(random, 24);
    const GraphChanges built =
        DiffGraphs(ObjectGraph(), MakeGraph(spec, types), types);
    heap.Apply(built);
    GraphChanges changes = DiffGraphs(
        built.result, MakeGraph(ChangeSpec(spec, random, 24), types), types);
    changes.holds.clear();
    heap.Apply(changes);
    if (heap.used_dead_object()) ++lost;
  }
  EXPECT_GT(lost, 10);
}

}  // namespace
}  // namespace heapd::importer
