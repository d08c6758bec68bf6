// What a collection frees and keeps, and when one is due.

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

#include "tests/heap/heap_fixture.h"

namespace heapd {
namespace {

class HeapCollectionTest : public HeapTest {};

// Capability row 27.
TEST_F(HeapCollectionTest, UnreachableCyclesDie) {
  const Ref a = New(1);
  const Ref b = New(1);
  const Ref self = New(1);
  ASSERT_OK(heap_->Link(a, 0, Value::Strong(b)));
  ASSERT_OK(heap_->Link(b, 0, Value::Strong(a)));
  ASSERT_OK(heap_->Link(self, 0, Value::Strong(self)));
  Release(b);
  Collect();
  EXPECT_TRUE(IsThere(b)) << "a holds it";
  Release(a);
  Release(self);
  EXPECT_EQ(Collect().object_count_after, 0u);
}

// Capability row 27.
TEST_F(HeapCollectionTest, ExactlyTheReachableSurviveInRandomGraphs) {
  std::mt19937 random(7);
  for (int round = 0; round < 20; ++round) {
    MakeHeap(HeapOptions());
    std::vector<Ref> refs;
    std::vector<std::vector<size_t>> links(300);
    for (size_t i = 0; i < links.size(); ++i) refs.push_back(New(i % 5));
    for (size_t i = 0; i < links.size(); ++i) {
      for (uint32_t slot = 0; slot < i % 5; ++slot) {
        links[i].push_back(random() % refs.size());
        ASSERT_OK(
            heap_->Link(refs[i], slot, Value::Strong(refs[links[i].back()])));
      }
    }
    std::vector<bool> live(refs.size());
    std::vector<size_t> queue;
    for (size_t i = 0; i < refs.size(); ++i) {
      if (random() % 30 != 0) {
        Release(refs[i]);
      } else {
        live[i] = true;
        queue.push_back(i);
      }
    }
    for (size_t next = 0; next < queue.size(); ++next) {
      for (const size_t to : links[queue[next]]) {
        if (!live[to]) queue.push_back(to);
        live[to] = true;
      }
    }
    Collect();
    for (size_t i = 0; i < refs.size(); ++i) {
      ASSERT_EQ(IsThere(refs[i]), live[i]) << "round " << round << ", " << i;
    }
    ASSERT_OK(heap_->Verify());
  }
}

TEST_F(HeapCollectionTest, ARootKeepsAWholeGraph) {
  const Ref leaf = New(0, "leaf");
  const Ref top = NewLinked({NewLinked({leaf})});
  ASSERT_OK(heap_->Root("top", top));
  ASSERT_OK(heap_->CloseSession(kSession));
  EXPECT_EQ(Collect().object_count_after, 3u);
  EXPECT_EQ(*heap_->ReadPayload(leaf), "leaf");
  ASSERT_OK(heap_->Unroot("top"));
  EXPECT_EQ(Collect().object_count_after, 0u);
}

TEST_F(HeapCollectionTest, WeakSlotsOfTheDeadBecomeNull) {
  const Ref dead = New();
  const Ref live = New();
  const Ref holder = New(3);
  ASSERT_OK(heap_->Link(holder, 0, Value::Weak(dead)));
  ASSERT_OK(heap_->Link(holder, 2, Value::Weak(live)));
  Release(dead);
  EXPECT_EQ(Collect().cleared_weak_slot_count, 1u);
  EXPECT_EQ(*heap_->ReadSlot(holder, 0), Value::Null());
  EXPECT_EQ(*heap_->ReadSlot(holder, 2), Value::Weak(live));
}

TEST_F(HeapCollectionTest, ACollectionOfAnEmptyHeapIsHarmless) {
  ASSERT_OK(heap_->CloseSession(kSession));
  EXPECT_EQ(Collect().object_count_after, 0u);
  EXPECT_EQ(Collect().sequence, 2u);
}

// Capability row 43.
TEST_F(HeapCollectionTest, OneIsDueWhenTheHeapHasDoubled) {
  HeapOptions options;
  options.min_collection_threshold_bytes = kMiB;
  MakeHeap(options);
  const Ref live = New(0, std::string(2 * kMiB, 'x'));
  Release(New());
  EXPECT_TRUE(heap_->CollectionDue());
  Collect();
  const uint64_t live_bytes = heap_->Describe(live)->self_size;
  EXPECT_EQ(heap_->Stats().next_collection_bytes, 2 * live_bytes);
  EXPECT_FALSE(heap_->CollectionDue());
  Release(New(0, std::string(kMiB, 'x')));
  EXPECT_FALSE(heap_->CollectionDue());
  Release(New(0, std::string(kMiB, 'x')));
  EXPECT_TRUE(heap_->CollectionDue());
}

TEST_F(HeapCollectionTest, NoneIsDueWhereNothingCanHaveDied) {
  HeapOptions options;
  options.min_collection_threshold_bytes = kMiB;
  MakeHeap(options);
  const Ref ref = New(1, std::string(4 * kMiB, 'x'));
  EXPECT_FALSE(heap_->MayHaveGarbage());
  EXPECT_FALSE(heap_->CollectionDue());
  ASSERT_OK(heap_->Link(ref, 0, Value::Strong(ref)));
  EXPECT_FALSE(heap_->MayHaveGarbage()) << "null was overwritten";
  ASSERT_OK(heap_->Link(ref, 0, Value::Null()));
  EXPECT_TRUE(heap_->CollectionDue());
}

// Each of the ways in which an object can lose its last hold.
TEST_F(HeapCollectionTest, WhateverDropsAHoldMayLeaveGarbage) {
  const Ref ref = New(1);
  const auto expect_garbage = [this](const char* what) {
    EXPECT_TRUE(heap_->MayHaveGarbage()) << what;
    Collect();
    EXPECT_FALSE(heap_->MayHaveGarbage()) << what;
  };
  ASSERT_OK(heap_->PushScope(kSession));
  New();
  ASSERT_OK(heap_->PopScope(kSession));
  expect_garbage("PopScope");
  ASSERT_OK(heap_->Root("root", ref));
  ASSERT_OK(heap_->Root("root", ref));
  expect_garbage("Root over a root");
  ASSERT_OK(heap_->Unroot("root"));
  expect_garbage("Unroot");
  ASSERT_OK(heap_->OpenSession(9, ""));
  ASSERT_OK(heap_->Hold(9, ref));
  ASSERT_OK(heap_->CloseSession(9));
  expect_garbage("CloseSession");
  Release(ref);
  expect_garbage("Release");
}

// Capability rows 45 and 47.
TEST_F(HeapCollectionTest, ACheckerboardHeapIsReportedExactly) {
  constexpr uint32_t kBlocksPerPage = 262'080 / 64;
  std::vector<Ref> refs;
  for (uint32_t i = 0; i < 4 * kBlocksPerPage; ++i) {
    refs.push_back(New(0, std::string(56, 'x')));
  }
  // Every third: with more holes the pages would be emptied.
  uint64_t holes = 0;
  for (size_t i = 0; i < refs.size(); i += 3) {
    Release(refs[i]);
    ++holes;
  }
  Collect();
  const SpaceStats old_space = Space("old_space");
  EXPECT_EQ(old_space.page_count, 4u);
  EXPECT_EQ(old_space.free_bytes, holes * 64);
  EXPECT_EQ(old_space.largest_free_block_bytes, 64u);
  EXPECT_DOUBLE_EQ(old_space.fragmentation_ratio(), 1.0 - 1.0 / holes);
  New(0, std::string(57, 'x'));
  EXPECT_EQ(Space("old_space").page_count, 5u) << "two holes are no room";
}

// Capability row 13.
TEST_F(HeapCollectionTest, FreedPayloadsAreZeroedWhenThatIsAskedFor) {
  HeapOptions options;
  options.clear_free_memory = true;
  MakeHeap(options);
  const Ref before = New();
  const Ref dead = New(0, std::string(1000, '\x5a'));
  const Ref behind = New();
  const char* const memory = heap_->ReadPayload(dead)->data();
  Release(dead);
  Collect();
  EXPECT_TRUE(IsThere(before) && IsThere(behind));
  // The first word is the free run's link.
  for (int i = 8; i < 1000; ++i) ASSERT_EQ(memory[i], 0) << i;
}

}  // namespace
}  // namespace heapd
