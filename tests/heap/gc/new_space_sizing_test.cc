#include "heap/gc/new_space_sizing.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "heap/gc/scavenge_pacing.h"
#include "tests/heap/heap_fixture.h"

namespace heapd {
namespace {

TEST(NewSpaceSizingTest, PagesSufficeForWhatTheyAreFor) {
  EXPECT_EQ(NewSpaceSizing::PagesFor(0), 0u);
  for (const uint64_t bytes : {1u, 64u << 10, 1u << 20, 7'654'321u}) {
    EXPECT_GE(NewSpaceSizing::BytesFor(NewSpaceSizing::PagesFor(bytes)), bytes);
  }
}

class HeapNewSpaceTest : public HeapTest {
 protected:
  // What the heap has in new space, in bytes.
  uint64_t InNewSpace() const { return Space("new_space").used_bytes; }
  void Minor() {
    heap_->Collect(CollectionReason::kRequested, CollectionKind::kMinor);
  }
  absl::Status Allocate(size_t payload_bytes) {
    return heap_
        ->Allocate(kSession, type_, std::string(payload_bytes, 'x'), 0, {})
        .status();
  }
};

TEST_F(HeapNewSpaceTest, AHeapThatIsHardlyUsedHasNone) {
  New(0, "small");
  heap_->Safepoint();
  New(0, "small");
  EXPECT_EQ(Space("new_space").committed_bytes, 0u);
}

TEST_F(HeapNewSpaceTest, GrowsWithUseUpToItsSize) {
  HeapOptions options;
  options.new_space_bytes = uint64_t{256} << 10;
  MakeHeap(options);
  for (int i = 0; i < 2000; ++i) {
    New(0, std::string(1000, 'x'));
    heap_->Safepoint();
  }
  EXPECT_EQ(Space("new_space").committed_bytes, 2 * options.new_space_bytes);
}

TEST_F(HeapNewSpaceTest, ASafepointScavengesWhenTheNextOperationWouldNotFit) {
  Minor();
  Minor();
  ASSERT_GT(Space("new_space").free_bytes, 100'000u);
  New(0, "young");
  const size_t before = heap_->Stats().collections.size();
  heap_->Safepoint(1000);
  EXPECT_EQ(heap_->Stats().collections.size(), before);
  heap_->Safepoint(uint64_t{1} << 30);
  EXPECT_EQ(heap_->Stats().collections.size(), before)
      << "half a space is enough for anything";
  while (Space("new_space").free_bytes > 20'000) New(0, std::string(1000, 'x'));
  heap_->Safepoint(1000);
  EXPECT_EQ(heap_->Stats().collections.size(), before);
  heap_->Safepoint(30'000);
  ASSERT_EQ(heap_->Stats().collections.size(), before + 1);
  EXPECT_EQ(heap_->Stats().collections.back().reason,
            CollectionReason::kNewSpaceFull);
}

TEST_F(HeapNewSpaceTest, WhatDoesNotFitNewSpaceIsBornOld) {
  Minor();
  while (Space("new_space").free_bytes >= 1024) New(0, std::string(1000, 'x'));
  const uint64_t full = InNewSpace();
  const uint64_t old = Space("old_space").used_bytes;
  New(0, std::string(1000, 'x'));
  EXPECT_EQ(InNewSpace(), full);
  EXPECT_GT(Space("old_space").used_bytes, old);
}

TEST_F(HeapNewSpaceTest, ManyStoresMakeAScavengeDue) {
  const Ref old = New(1);
  Minor();
  const Ref young = New(0);
  const size_t before = heap_->Stats().collections.size();
  for (int i = 0; i < 100'000; ++i) {
    ASSERT_OK(heap_->Link(old, 0, Value::Strong(young)));
    heap_->Safepoint();
  }
  EXPECT_EQ(heap_->Stats().collections.size(), before + 1);
}

TEST_F(HeapNewSpaceTest, LargeObjectsMakeAScavengeDue) {
  Minor();
  ASSERT_OK(heap_->PushScope(kSession));
  for (int i = 0; i < 12; ++i) {
    New(0, std::string(kMiB, 'l'));
    heap_->Safepoint();
  }
  EXPECT_EQ(heap_->Stats().collections.back().reason,
            CollectionReason::kNewSpaceFull);
}

// Capability row 37.
TEST_F(HeapNewSpaceTest, AScavengeSucceedsInAFullHeapInWhichEverythingLives) {
  for (const size_t payload_bytes : {8u, 100u, 5000u, 30'000u}) {
    MakeHeapWithLimit(8 * kMiB);
    Minor();
    absl::Status status;
    while (status.ok()) {
      status = Allocate(payload_bytes);
      heap_->Safepoint();
    }
    EXPECT_THAT(status, HasReason(reason::kHeapLimit));
    const uint64_t objects = heap_->object_count();
    for (int i = 0; i < 4; ++i) {
      Minor();
      ASSERT_OK(heap_->Verify());
      EXPECT_LE(heap_->account().committed_bytes(), 8 * kMiB);
    }
    Collect();
    EXPECT_EQ(heap_->object_count(), objects);
    EXPECT_LE(heap_->account().committed_bytes(), 8 * kMiB);
    ASSERT_OK(heap_->Verify());
  }
}

// What a major collection promotes at its start takes pages of the reserve.
TEST_F(HeapNewSpaceTest, ScavengesBesideAMajorCollectionOfAFullHeapSucceed) {
  for (const size_t payload_bytes : {100u, 5000u, 30'000u}) {
    HeapOptions options;
    options.limit_bytes = 64 * kMiB;
    options.new_space_bytes = 2 * kMiB;
    MakeHeap(options);
    while (Allocate(payload_bytes).ok()) heap_->Safepoint();
    heap_->StartMajor(CollectionReason::kRequested);
    for (int i = 0; i < 3; ++i) {
      while (Allocate(payload_bytes).ok()) heap_->Safepoint();
      Minor();
      EXPECT_LE(heap_->account().committed_bytes(), 64 * kMiB);
    }
    while (heap_->IsMajorRunning()) heap_->StepMajor();
    ASSERT_OK(heap_->Verify());
  }
}

TEST_F(HeapNewSpaceTest, WhereEverythingSurvivesScavengesAreMoreFrequent) {
  HeapOptions options;
  options.new_space_bytes = 4 * kMiB;
  MakeHeap(options);
  const auto survivors = [this] {
    uint64_t most = 0;
    for (int i = 0; i < 500'000; ++i) {
      New(0, "12345678");
      heap_->Safepoint();
    }
    for (const Collection& minor : heap_->Stats().collections) {
      most = std::max(
          most, minor.survived_object_count + minor.promoted_object_count);
    }
    return most;
  };
  EXPECT_LT(survivors(), 2 * ScavengePacing::kTargetWork);
  heap_->StartMajor(CollectionReason::kRequested);
  while (heap_->IsMajorRunning()) heap_->StepMajor();
  EXPECT_LT(survivors(), 2 * ScavengePacing::kTargetWork);
}

TEST_F(HeapNewSpaceTest, TheSizeHasARange) {
  HeapOptions options;
  for (const uint64_t bytes : {kMinNewSpaceBytes, kMaxNewSpaceBytes}) {
    options.new_space_bytes = bytes;
    EXPECT_OK(Heap::Create(options, &budget_).status());
  }
  for (const uint64_t bytes : {kMinNewSpaceBytes - 1, kMaxNewSpaceBytes + 1}) {
    options.new_space_bytes = bytes;
    EXPECT_THAT(Heap::Create(options, &budget_).status(),
                IsInvalid("new_space_bytes"));
  }
}

TEST_F(HeapNewSpaceTest, AnObserverSeesEveryCollection) {
  std::vector<Collection> seen;
  heap_->SetCollectionObserver(
      [&seen](const Collection& collection) { seen.push_back(collection); });
  Minor();
  Collect();
  ASSERT_EQ(seen.size(), 2u);
  EXPECT_EQ(seen[0].kind, CollectionKind::kMinor);
  EXPECT_EQ(seen[1].kind, CollectionKind::kMajor);
  EXPECT_EQ(seen[1].sequence, 2u);
}

}  // namespace
}  // namespace heapd
