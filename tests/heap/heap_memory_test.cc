// Limits, budgets, and memory that goes back to the system.

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdio>
#include <string>
#include <vector>

#include "heap/base/limits.h"
#include "tests/heap/heap_fixture.h"

namespace heapd {
namespace {

class HeapMemoryTest : public HeapTest {
 protected:
  absl::Status Allocate(uint32_t payload_bytes) {
    return heap_
        ->Allocate(kSession, type_, std::string(payload_bytes, 'x'), 0, {})
        .status();
  }
  // Until the heap is full. The first error.
  absl::Status Fill(uint32_t payload_bytes) {
    absl::Status status;
    while (status.ok()) status = Allocate(payload_bytes);
    return status;
  }
};

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool kSanitized = true;
#else
constexpr bool kSanitized = false;
#endif

uint64_t ResidentBytes() {
  unsigned long size = 0;
  unsigned long resident = 0;
  std::FILE* const statm = std::fopen("/proc/self/statm", "r");
  EXPECT_EQ(std::fscanf(statm, "%lu %lu", &size, &resident), 2);
  std::fclose(statm);
  return resident * static_cast<uint64_t>(sysconf(_SC_PAGESIZE));
}

// Capability row 7.
TEST_F(HeapMemoryTest, WhenABigHeapDiesItsMemoryGoesBackInOneCollection) {
  HeapOptions options;
  options.limit_bytes = uint64_t{1} << 30;
  MakeHeap(options);
  const uint64_t resident_before = ResidentBytes();
  ASSERT_OK(heap_->PushScope(kSession));
  const std::string payload(64, 'p');
  for (int i = 0; i < 1'000'000; ++i) New(i % 4, payload);
  const std::string large(kMiB, 'l');
  for (int i = 0; i < 20; ++i) New(0, large);
  const uint64_t resident_full = ResidentBytes();
  ASSERT_OK(heap_->PopScope(kSession));
  const Collection collection = Collect();
  const uint64_t resident_after = ResidentBytes();
  EXPECT_EQ(collection.object_count_after, 0u);
  EXPECT_LE(collection.committed_bytes_after,
            collection.committed_bytes_before / 10);
  EXPECT_LE(heap_->Stats().committed_bytes,
            collection.committed_bytes_before / 10);
  if (kSanitized) return;  // sanitizers keep memory of their own
  EXPECT_GE(resident_full - resident_before, 80 * kMiB);
  EXPECT_LE(resident_after, resident_full);
  EXPECT_GE(resident_full - resident_after,
            (resident_full - resident_before) / 10 * 9);
}

TEST_F(HeapMemoryTest, AllThatWasTakenComesBack) {
  const uint64_t before = heap_->account().committed_bytes();
  for (SessionId id = 100; id < 200; ++id) {
    ASSERT_OK(heap_->OpenSession(id, "temporary"));
    for (int i = 0; i < 100; ++i) {
      ASSERT_OK(heap_->PushScope(id));
      const Ref ref =
          *heap_->Allocate(id, type_, std::string(i * 100, 'x'), i * 10, {});
      ASSERT_OK(heap_->AddSlots(ref, 100));
      ASSERT_OK(heap_->Root(std::to_string(i), ref));
    }
  }
  for (int i = 0; i < 100; ++i) ASSERT_OK(heap_->Unroot(std::to_string(i)));
  for (SessionId id = 100; id < 200; ++id) ASSERT_OK(heap_->CloseSession(id));
  Collect();
  EXPECT_EQ(heap_->used_bytes(), 0u);
  const uint64_t chunk = 16 * 4096 + 4096 / 8;  // the first one stays
  EXPECT_LE(heap_->account().committed_bytes(), before + chunk);
}

// Capability row 10.
TEST_F(HeapMemoryTest, AFullHeapRefusesAndGoesOnServing) {
  MakeHeapWithLimit(kMinHeapLimitBytes);
  const Ref first = New(1, "first");
  EXPECT_THAT(Fill(100), HasReason(reason::kHeapLimit));
  EXPECT_LE(heap_->account().committed_bytes(), kMinHeapLimitBytes);
  EXPECT_EQ(*heap_->ReadPayload(first), "first");
  EXPECT_OK(heap_->Link(first, 0, Value::SmallInteger(1)));
  // More than the page that was refused.
  EXPECT_TRUE(IsOutOfMemory(Allocate(300'000)));
}

// Capability row 10.
TEST_F(HeapMemoryTest, AHeapCannotTakeAnothersReservation) {
  MemoryBudget budget(32 * kMiB);
  HeapOptions options;
  options.limit_bytes = 32 * kMiB;
  options.reservation_bytes = 16 * kMiB;
  const std::unique_ptr<Heap> other = *Heap::Create(options, &budget);
  options.reservation_bytes = 0;
  heap_ = *Heap::Create(options, &budget);
  type_ = *heap_->DefineType("Thing", TypeKind::kObject, {});
  ASSERT_OK(heap_->OpenSession(kSession, ""));
  EXPECT_THAT(Fill(10'000), HasReason(reason::kBudget));
  EXPECT_LE(heap_->account().committed_bytes(), 16 * kMiB);
  ASSERT_OK(other->OpenSession(kSession, ""));
  const TypeId type = *other->DefineType("Thing", TypeKind::kObject, {});
  EXPECT_OK(
      other->Allocate(kSession, type, std::string(15 * kMiB, 'x'), 0, {}));
  EXPECT_OK(heap_->Verify());
  heap_.reset();
}

TEST_F(HeapMemoryTest, TheReasonTellsTheLimitFromTheBudget) {
  MakeHeapWithLimit(kMinHeapLimitBytes);
  const Ref wide = New(2);
  ASSERT_THAT(Fill(8), HasReason(reason::kHeapLimit));
  // Little is left, but each of these needs more than that.
  absl::Status copied;
  while (copied.ok()) copied = heap_->Copy(kSession, wide, 0, 1).status();
  EXPECT_THAT(copied, HasReason(reason::kHeapLimit));
  absl::Status grown;
  while (grown.ok()) grown = heap_->AddSlots(wide, 1000).status();
  EXPECT_THAT(grown, HasReason(reason::kHeapLimit));
  EXPECT_THAT(Allocate(kMiB), HasReason(reason::kHeapLimit));
}

TEST_F(HeapMemoryTest, ALimitCanBeLoweredBelowWhatIsUsed) {
  New(0, std::string(20 * kMiB, 'x'));
  ASSERT_OK(heap_->SetLimits(8 * kMiB, 0));
  EXPECT_THAT(Fill(1000), HasReason(reason::kHeapLimit));
  ASSERT_OK(heap_->SetLimits(40 * kMiB, 0));
  EXPECT_OK(Allocate(kMiB));
  EXPECT_THAT(heap_->SetLimits(kMinHeapLimitBytes - 1, 0),
              IsInvalid("limit_bytes"));
  EXPECT_THAT(heap_->SetLimits(8 * kMiB, 9 * kMiB),
              IsInvalid("reservation_bytes"));
}

TEST_F(HeapMemoryTest, WithCollectionMakesRoomOnce) {
  MakeHeapWithLimit(kMinHeapLimitBytes);
  ASSERT_OK(heap_->PushScope(kSession));
  ASSERT_TRUE(IsOutOfMemory(Fill(1000)));
  ASSERT_OK(heap_->PopScope(kSession));
  EXPECT_TRUE(IsOutOfMemory(Allocate(kMiB)));
  int attempts = 0;
  EXPECT_OK(heap_->WithCollection([&] {
    ++attempts;
    return Allocate(kMiB);
  }));
  EXPECT_EQ(attempts, 2);
  EXPECT_EQ(heap_->Stats().collections.back().reason,
            CollectionReason::kNearLimit);
}

TEST_F(HeapMemoryTest, WithCollectionDoesNotCollectInVain) {
  MakeHeapWithLimit(kMinHeapLimitBytes);
  ASSERT_TRUE(IsOutOfMemory(Fill(1000)));
  int attempts = 0;
  const auto attempt = [&] {
    ++attempts;
    return Allocate(kMiB);
  };
  EXPECT_TRUE(IsOutOfMemory(heap_->WithCollection(attempt)));
  EXPECT_EQ(attempts, 1) << "nothing can have died";
  EXPECT_EQ(heap_->Stats().collections.size(), 0u);
  EXPECT_TRUE(absl::IsInternal(
      heap_->WithCollection([] { return absl::InternalError("not memory"); })));
}

TEST_F(HeapMemoryTest, WhatGrowingLeftBehindCanBeCollected) {
  MakeHeapWithLimit(kMinHeapLimitBytes);
  std::vector<Ref> refs;
  for (int i = 0; i < 400; ++i) refs.push_back(New(3));
  for (const Ref ref : refs) ASSERT_OK(heap_->AddSlots(ref, 500));
  for (const Ref ref : refs) ASSERT_OK(heap_->AddSlots(ref, 700));
  EXPECT_TRUE(heap_->MayHaveGarbage());
  EXPECT_OK(heap_->WithCollection([&] { return Allocate(kMiB); }));
}

// A batch or copy that is taken back must not leave pages behind: nothing died,
// so no collection would be tried.
TEST_F(HeapMemoryTest, AFailedCopyGivesItsPagesBack) {
  MakeHeapWithLimit(8 * kMiB);
  Ref list = New(1);
  for (int i = 0; i < 50'000; ++i) {
    const Ref next = NewLinked({list});
    Release(list);
    list = next;
  }
  Collect();
  const uint64_t before = heap_->account().committed_bytes();
  EXPECT_THAT(heap_->Copy(kSession, list, UINT32_MAX, 40'000),
              HasReason(reason::kCopyLimit));
  EXPECT_LE(heap_->account().committed_bytes(), before + kMiB / 4);
}

}  // namespace
}  // namespace heapd
