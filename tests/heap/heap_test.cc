#include "heap/heap.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

#include "absl/strings/str_cat.h"
#include "heap/base/limits.h"
#include "tests/heap/heap_fixture.h"

namespace heapd {
namespace {

absl::Status CreateWith(uint64_t limit_bytes, uint64_t reservation_bytes,
                        MemoryBudget* budget) {
  HeapOptions options;
  options.limit_bytes = limit_bytes;
  options.reservation_bytes = reservation_bytes;
  return Heap::Create(options, budget).status();
}

// Capability row 3.
TEST(HeapCreateTest, ALimitIs4MiBTo1TiB) {
  MemoryBudget budget(kMaxHeapLimitBytes);
  EXPECT_OK(CreateWith(kMinHeapLimitBytes, 0, &budget));
  EXPECT_THAT(CreateWith(kMinHeapLimitBytes - 1, 0, &budget),
              IsInvalid("limit_bytes"));
  EXPECT_OK(CreateWith(kMaxHeapLimitBytes, 0, &budget));
  EXPECT_THAT(CreateWith(kMaxHeapLimitBytes + 1, 0, &budget),
              IsInvalid("limit_bytes"));
}

TEST(HeapCreateTest, AReservationFitsTheLimitAndTheBudget) {
  MemoryBudget budget(64 << 20);
  EXPECT_THAT(CreateWith(8 << 20, (8 << 20) + 1, &budget),
              IsInvalid("reservation_bytes"));
  EXPECT_OK(CreateWith(128 << 20, 64 << 20, &budget));
  EXPECT_THAT(CreateWith(128 << 20, (64 << 20) + 1, &budget),
              HasReason(reason::kBudget));
  EXPECT_EQ(budget.charged_bytes(), 0u);
}

TEST(HeapCreateTest, AUsedUpBudgetRefusesAHeap) {
  MemoryBudget budget(6 << 20);
  const auto first = Heap::Create(HeapOptions(), &budget);
  ASSERT_OK(first);
  ASSERT_OK((*first)->SetLimits(256 << 20, 4 << 20));
  EXPECT_THAT(CreateWith(256 << 20, 0, &budget), HasReason(reason::kBudget));
  EXPECT_EQ(budget.charged_bytes(), uint64_t{4} << 20);
}

class WholeHeapTest : public HeapTest {};

// Capability row 1: refs are numbers of their own making, never addresses, and
// none names two objects.
TEST_F(WholeHeapTest, ARefIsNeverGivenTwice) {
  std::set<uint64_t> seen;
  std::vector<Ref> stale;
  for (int round = 0; round < 50; ++round) {
    std::vector<Ref> refs;
    for (int i = 0; i < 200; ++i) {
      const Ref ref = New(i % 4, std::string(i, 'x'));
      ASSERT_TRUE(seen.insert(ref.bits()).second);
      ASSERT_LE(ref.index(), 10'000u) << "a number, not an address";
      ASSERT_LE(ref.incarnation(), 51u);
      refs.push_back(ref);
    }
    for (const Ref ref : refs) Release(ref);
    Collect();
    stale.insert(stale.end(), refs.begin(), refs.end());
    for (const Ref ref : stale) ASSERT_FALSE(IsThere(ref));
  }
}

// Capability row 6.
TEST_F(WholeHeapTest, SelfSizesSumToTheUsedBytesOfAllSpaces) {
  uint64_t sum = 0;
  for (uint32_t i = 0; i < 300; ++i) {
    const Ref ref = New(i % 11, std::string(i * i, 'x'));
    if (i % 7 == 0) {
      ASSERT_OK(heap_->AddSlots(ref, 5));
    }
    sum += heap_->Describe(ref)->self_size;
  }
  EXPECT_EQ(heap_->used_bytes(), sum);
  const HeapStats stats = heap_->Stats();
  uint64_t used = 0;
  uint64_t committed = 0;
  for (const HeapStats::NamedSpace& space : stats.spaces) {
    used += space.stats.used_bytes;
    committed += space.stats.committed_bytes;
  }
  EXPECT_EQ(used, sum);
  EXPECT_EQ(stats.used_bytes, sum);
  EXPECT_LE(committed, stats.committed_bytes);
}

TEST_F(WholeHeapTest, StatsCountWhatThereIs) {
  const Ref a = New(2, "payload");
  New();
  ASSERT_OK(heap_->AllocateString(kSession, "text"));
  ASSERT_OK(heap_->Root("root", a));
  const HeapStats stats = heap_->Stats();
  EXPECT_EQ(stats.object_count, 3u);
  EXPECT_EQ(stats.allocated_object_count, 3u);
  EXPECT_EQ(stats.allocated_bytes, stats.used_bytes);
  EXPECT_EQ(stats.hold_count, 3u);
  EXPECT_EQ(stats.root_count, 1u);
  EXPECT_EQ(stats.session_count, 1u);
  EXPECT_EQ(stats.type_count, 2u);
  EXPECT_EQ(stats.interned_string_count, 1u);
  EXPECT_EQ(stats.limit_bytes, uint64_t{256} << 20);
  EXPECT_TRUE(stats.collections.empty());
}

TEST_F(WholeHeapTest, WhatWasAllocatedIsCountedAfterItIsGone) {
  Release(New(0, "12345678"));
  Collect();
  EXPECT_EQ(heap_->Stats().allocated_object_count, 1u);
  EXPECT_EQ(heap_->Stats().allocated_bytes, 32u);
  EXPECT_EQ(heap_->Stats().collections.size(), 1u);
}

// Capability row 2.
TEST_F(WholeHeapTest, NamesOfAllKindsMustBeUtf8) {
  const Ref ref = New();
  EXPECT_THAT(heap_->Root("\xff", ref), IsInvalid("name"));
  EXPECT_THAT(heap_->DefineType("\xff", TypeKind::kObject, {}),
              IsInvalid("type.name"));
  EXPECT_THAT(heap_->OpenSession(9, "\xff"), IsInvalid("label"));
  EXPECT_THAT(heap_->AllocateString(kSession, "\xff"), IsInvalid("content"));
}

TEST_F(WholeHeapTest, RootsAreListedInPages) {
  const Ref ref = New();
  for (int i = 0; i < 10; ++i) {
    ASSERT_OK(heap_->Root(absl::StrCat("root", i), ref));
  }
  const auto page = heap_->ListRoots("root3", 2);
  ASSERT_EQ(page.size(), 2u);
  EXPECT_EQ(page[0], std::make_pair(std::string("root4"), ref));
  EXPECT_EQ(page[1].first, "root5");
  EXPECT_EQ(heap_->ListRoots("", 100).size(), 10u);
  EXPECT_TRUE(heap_->ListRoots("root9", 100).empty());
}

// Capability row 17.
TEST_F(WholeHeapTest, ARootReportsWhatItHeldBefore) {
  const Ref a = New();
  const Ref b = New();
  EXPECT_TRUE(heap_->Root("name", a)->is_null());
  EXPECT_EQ(*heap_->Root("name", b), a);
  EXPECT_EQ(*heap_->GetRoot("name"), b);
  EXPECT_EQ(*heap_->Unroot("name"), b);
  EXPECT_THAT(heap_->Unroot("name"), HasReason(reason::kRootNotFound));
  EXPECT_THAT(heap_->GetRoot("name"), HasReason(reason::kRootNotFound));
}

}  // namespace
}  // namespace heapd
