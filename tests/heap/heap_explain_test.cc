#include <gtest/gtest.h>

#include <map>
#include <random>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tests/heap/heap_fixture.h"

namespace heapd {
namespace {

class HeapExplainTest : public HeapTest {
 protected:
  // Every step is linked to the next by the slot it names, and the last is
  // `target`.
  void ExpectPath(const Heap::Explanation& explanation, Ref target) {
    const auto& steps = explanation.steps;
    ASSERT_FALSE(steps.empty());
    for (size_t i = 0; i + 1 < steps.size(); ++i) {
      ASSERT_TRUE(steps[i].has_slot);
      EXPECT_EQ(*heap_->ReadSlot(steps[i].ref, steps[i].slot),
                Value::Strong(steps[i + 1].ref));
    }
    EXPECT_FALSE(steps.back().has_slot);
    EXPECT_EQ(steps.back().ref, target);
    if (explanation.by_root) {
      EXPECT_EQ(*heap_->GetRoot(explanation.root), steps[0].ref);
    } else {
      EXPECT_EQ(explanation.session, kSession);
    }
  }
};

// Capability row 62.
TEST_F(HeapExplainTest, NamesTheRootAndTheSlots) {
  const Ref target = New();
  const Ref holder = New(5);
  ASSERT_OK(heap_->Link(holder, 3, Value::Strong(target)));
  ASSERT_OK(heap_->Root("cache", holder));
  Release(target);
  const Heap::Explanation explanation = *heap_->Explain(target);
  EXPECT_TRUE(explanation.by_root);
  EXPECT_EQ(explanation.root, "cache");
  ASSERT_EQ(explanation.steps.size(), 2u);
  EXPECT_EQ(explanation.steps[0].slot, 3u);
  EXPECT_EQ(explanation.steps[0].type, type_);
  ExpectPath(explanation, target);
}

TEST_F(HeapExplainTest, NamesTheSessionThatHoldsIt) {
  const Ref ref = New();
  const Heap::Explanation explanation = *heap_->Explain(ref);
  EXPECT_FALSE(explanation.by_root);
  EXPECT_EQ(explanation.session, kSession);
  EXPECT_EQ(explanation.steps.size(), 1u);
}

TEST_F(HeapExplainTest, WhatNothingHoldsIsUnreachable) {
  const Ref target = New();
  const Ref holder = New(1);
  ASSERT_OK(heap_->Link(holder, 0, Value::Weak(target)));
  Release(target);
  EXPECT_THAT(heap_->Explain(target), HasReason(reason::kUnreachable));
  EXPECT_TRUE(absl::IsNotFound(heap_->Explain(target).status()));
}

// Capability row 62.
TEST_F(HeapExplainTest, ThePathIsAShortestOneInRandomGraphs) {
  std::mt19937 random(62);
  for (int round = 0; round < 20; ++round) {
    MakeHeap(HeapOptions());
    std::vector<Ref> refs;
    std::map<Ref, size_t> distance;  // in objects, from a hold
    std::vector<Ref> queue;
    for (int i = 0; i < 150; ++i) refs.push_back(New(i % 4));
    for (const Ref ref : refs) {
      const uint32_t slots = heap_->Describe(ref)->slot_count;
      for (uint32_t slot = 0; slot < slots; ++slot) {
        const Ref to = refs[random() % refs.size()];
        const Value value =
            random() % 5 == 0 ? Value::Weak(to) : Value::Strong(to);
        ASSERT_OK(heap_->Link(ref, slot, value));
      }
    }
    for (size_t i = 0; i < refs.size(); ++i) {
      const bool rooted = random() % 30 == 0;
      if (rooted) {
        ASSERT_OK(heap_->Root(absl::StrCat("r", i), refs[i]));
      }
      const bool held = random() % 30 == 0;
      if (!held) Release(refs[i]);
      if (!held && !rooted) continue;
      distance[refs[i]] = 1;
      queue.push_back(refs[i]);
    }
    for (size_t next = 0; next < queue.size(); ++next) {
      std::vector<Value> values;
      ASSERT_OK(heap_->ReadSlots(queue[next], 0, 4, &values));
      for (const Value value : values) {
        if (value.kind() != Value::Kind::kStrong) continue;
        if (!distance.emplace(value.ref(), distance[queue[next]] + 1).second) {
          continue;
        }
        queue.push_back(value.ref());
      }
    }
    for (const Ref ref : refs) {
      const absl::StatusOr<Heap::Explanation> explanation = heap_->Explain(ref);
      if (distance.contains(ref)) {
        ASSERT_OK(explanation);
        ASSERT_EQ(explanation->steps.size(), distance[ref]);
        ExpectPath(*explanation, ref);
      } else {
        ASSERT_THAT(explanation, HasReason(reason::kUnreachable));
      }
    }
  }
}

}  // namespace
}  // namespace heapd
