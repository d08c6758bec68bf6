#include "client/import/graph_steps.h"

#include <cstdint>
#include <random>
#include <string>

#include "absl/strings/str_cat.h"
#include "client/import/graph_diff.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/client/import/graph_spec.h"
#include "tests/client/import/model_heap.h"

namespace heapd::importer {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

// A root holds an array of the objects 10 to 10 + `count` - 1.
GraphSpec ArrayOf(uint64_t count) {
  GraphSpec spec;
  spec.objects[1] = {"Array", 0, {}, {}};
  for (uint64_t i = 0; i < count; ++i) {
    spec.objects[10 + i] = {"A", 8, {}, {}};
    spec.objects[1].slots.push_back({"", 10 + i});
  }
  spec.roots["r"] = 1;
  return spec;
}

TEST(GraphStepsTest, WhatIsNewComesInEqualParts) {
  TypeTable types;
  const ObjectGraph from = MakeGraph(ArrayOf(2), types);
  const ObjectGraph to = MakeGraph(ArrayOf(6), types);
  const GraphSteps steps(from, to);
  EXPECT_THAT(steps.After(1, 2).ids, ElementsAre(1, 10, 11, 12, 13));
  EXPECT_THAT(steps.After(1, 4).ids, ElementsAre(1, 10, 11, 12));
  EXPECT_EQ(steps.After(1, 2).slots_of(0).size(), 6u);
  EXPECT_TRUE(steps.After(1, 2).slots_of(0)[4].is_null());
}

// V8 numbers objects by their addresses, so those of a class come in a row.
TEST(GraphStepsTest, EveryTypeComesEvenly) {
  TypeTable types;
  const ObjectGraph from = MakeGraph(ArrayOf(0), types);
  GraphSpec spec = ArrayOf(0);
  for (uint64_t id = 10; id < 110; ++id) {
    spec.objects[id] = {id < 70 ? "A" : "B", 8, {}, {}};
    spec.objects[1].slots.push_back({"", id});
  }
  const ObjectGraph to = MakeGraph(spec, types);
  const GraphSteps steps(from, to);
  for (uint32_t step = 1; step <= 10; ++step) {
    int first = 0;
    int second = 0;
    for (const uint64_t id : steps.After(step, 10).ids) {
      first += id >= 10 && id < 70;
      second += id >= 70;
    }
    EXPECT_NEAR(first, 6 * step, 1) << step;
    EXPECT_NEAR(second, 4 * step, 1) << step;
  }
}

TEST(GraphStepsTest, TheLastStepIsTheState) {
  TypeTable types;
  const ObjectGraph to = MakeGraph(ArrayOf(7), types);
  const ObjectGraph last = GraphSteps(ObjectGraph(), to).After(3, 3);
  EXPECT_EQ(last.ids, to.ids);
  EXPECT_EQ(last.types, to.types);
  EXPECT_EQ(last.slots, to.slots);
  EXPECT_EQ(last.slot_begins, to.slot_begins);
  EXPECT_EQ(last.roots, to.roots);
}

// 30 stays, and hangs from the new 20 from now on.
TEST(GraphStepsTest, WhatHoldsAnObjectThatStaysComesAtOnce) {
  TypeTable types;
  GraphSpec before;
  before.objects[30] = {"A", 8, {}, {}};
  before.roots["r"] = 30;
  GraphSpec after;
  after.objects[10] = {"A", 8, {}, {}};
  after.objects[20] = {"B", 8, {}, {{"next", 30}}};
  after.objects[30] = {"A", 8, {}, {}};
  after.roots["other"] = 10;
  after.roots["r"] = 20;
  const ObjectGraph from = MakeGraph(before, types);
  const ObjectGraph to = MakeGraph(after, types);
  const ObjectGraph first = GraphSteps(from, to).After(1, 100);
  EXPECT_THAT(first.ids, ElementsAre(20, 30));
  ASSERT_EQ(first.roots.size(), 1u);
  EXPECT_EQ(first.roots[0].name, "r");
}

TEST(GraphStepsTest, NothingComesOfNothing) {
  EXPECT_THAT(GraphSteps(ObjectGraph(), ObjectGraph()).After(1, 1).ids,
              IsEmpty());
}

// Every step is a graph that DiffGraphs() takes, and at the end the heap is the
// state; no object that stays gets another ref on the way.
TEST(GraphStepsTest, LeadAHeapFromStateToState) {
  for (uint32_t seed = 0; seed < 200; ++seed) {
    SCOPED_TRACE(absl::StrCat("seed ", seed));
    std::mt19937 random(seed);
    TypeTable types;
    const GraphSpec before = RandomSpec(random, 40);
    const GraphSpec after = ChangeSpec(before, random, 40);
    ModelHeap heap(types);
    GraphChanges changes =
        DiffGraphs(ObjectGraph(), MakeGraph(before, types), types);
    heap.Apply(changes);
    const ObjectGraph from = changes.result;
    const ObjectGraph to = MakeGraph(after, types);
    const uint64_t kept = DiffGraphs(from, to, types).kept_count;
    const GraphSteps steps(from, to);
    const uint32_t count = 1 + seed % 7;
    uint64_t removed = 0;
    for (uint32_t step = 1; step <= count; ++step) {
      changes = DiffGraphs(changes.result, steps.After(step, count), types);
      heap.Apply(changes);
      EXPECT_EQ(heap.Compare(steps.After(step, count)), "");
      removed += changes.removed_count;
    }
    EXPECT_EQ(heap.Compare(to), "");
    EXPECT_FALSE(heap.used_dead_object());
    EXPECT_EQ(removed, from.object_count() - kept);
  }
}

}  // namespace
}  // namespace heapd::importer
