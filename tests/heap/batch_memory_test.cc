// Batches that run out of memory half way.

#include <gtest/gtest.h>

#include <string>

#include "heap/base/limits.h"
#include "tests/heap/batch_columns.h"
#include "tests/heap/heap_fixture.h"

namespace heapd {
namespace {

class BatchMemoryTest : public HeapTest {
 protected:
  BatchMemoryTest() { MakeHeapWithLimit(kMinHeapLimitBytes); }

  absl::Status Apply(const BatchColumns& batch) {
    result_.Clear();
    return heap_->Apply(kSession, batch.view(), &result_);
  }
  // Objects of about `bytes` in total.
  BatchColumns Objects(uint64_t bytes, uint32_t payload_bytes,
                       uint32_t slot_count = 0) {
    BatchColumns batch;
    for (uint64_t n = 0; n < bytes / (payload_bytes + 24); ++n) {
      batch.Allocate(type_, std::string(payload_bytes, 'x'), slot_count);
    }
    return batch;
  }

  BatchResult result_;
};

TEST_F(BatchMemoryTest, ABatchThatDoesNotFitIsTakenBack) {
  const Ref before = New(0, "before");
  const uint64_t used = heap_->used_bytes();
  const absl::Status status = Apply(Objects(6 * kMiB, 200));
  EXPECT_THAT(status, HasReason(reason::kHeapLimit));
  EXPECT_NE(OperationOf(status), "");
  EXPECT_EQ(heap_->object_count(), 1u);
  EXPECT_EQ(heap_->used_bytes(), used);
  EXPECT_EQ(heap_->Stats().hold_count, 1u);
  EXPECT_EQ(*heap_->ReadPayload(before), "before");
  EXPECT_OK(heap_->Verify());
}

TEST_F(BatchMemoryTest, ACollectionMakesRoomForIt) {
  ASSERT_OK(heap_->PushScope(kSession));
  ASSERT_OK(Apply(Objects(2 * kMiB, 100)));
  ASSERT_OK(heap_->PopScope(kSession));
  const BatchColumns batch = Objects(2 * kMiB, 200, 1);
  EXPECT_TRUE(IsOutOfMemory(Apply(batch)));
  EXPECT_OK(heap_->WithCollection([&] { return Apply(batch); }));
  EXPECT_EQ(heap_->object_count(), batch.kinds.size());
}

// Nothing died, so no collection would give these pages back.
TEST_F(BatchMemoryTest, WhatWasTakenForItGoesBack) {
  New(4);
  const uint64_t committed = heap_->account().committed_bytes();
  EXPECT_TRUE(IsOutOfMemory(Apply(Objects(8 * kMiB, 200, 5))));
  EXPECT_FALSE(heap_->MayHaveGarbage());
  EXPECT_LE(heap_->account().committed_bytes(), committed + 1024);
  EXPECT_OK(
      heap_->Allocate(kSession, type_, std::string(3 * kMiB, 'x'), 0, {}));
}

TEST_F(BatchMemoryTest, HolesThatItFilledAreWholeAgain) {
  std::vector<Ref> refs;
  for (int i = 0; i < 300; ++i)
    refs.push_back(New(0, std::string(10'000, 'x')));
  // Three holes of 30 KB; the heap has room for two pages more.
  for (const int hole : {40, 90, 150}) {
    for (int i = 0; i < 3; ++i) Release(refs[hole + i]);
  }
  Collect();
  EXPECT_TRUE(IsOutOfMemory(Apply(Objects(4 * kMiB, 100))));
  for (int i = 0; i < 3; ++i) {
    const uint64_t pages = Space("old_space").page_count;
    EXPECT_OK(
        heap_->Allocate(kSession, type_, std::string(29'000, 'y'), 0, {}));
    EXPECT_EQ(Space("old_space").page_count, pages) << "fits the hole " << i;
  }
}

TEST_F(BatchMemoryTest, GrowingOutOfMemoryIsTakenBack) {
  const Ref ref = New(3);
  BatchColumns batch;
  for (int i = 0; i < 20; ++i) batch.AddSlots(ref.bits(), 50'000);
  EXPECT_THAT(Apply(batch), HasReason(reason::kHeapLimit));
  EXPECT_EQ(heap_->Describe(ref)->slot_count, 3u);
  EXPECT_EQ(Space("large_object_space").page_count, 0u);
  EXPECT_OK(heap_->Verify());
}

TEST_F(BatchMemoryTest, CopyingOutOfMemoryIsTakenBack) {
  const Ref ref = New(1000, std::string(500'000, 'x'));
  BatchColumns batch;
  for (int i = 0; i < 20; ++i) batch.Copy(ref.bits());
  EXPECT_THAT(Apply(batch), HasReason(reason::kHeapLimit));
  EXPECT_EQ(heap_->object_count(), 1u);
  EXPECT_OK(heap_->Verify());
}

TEST_F(BatchMemoryTest, InterningOutOfMemoryIsTakenBack) {
  BatchColumns batch;
  for (int i = 0; i < 200; ++i) {
    batch.AllocateString(std::to_string(i) + std::string(50'000, 'x'));
  }
  EXPECT_THAT(Apply(batch), HasReason(reason::kHeapLimit));
  EXPECT_EQ(heap_->Stats().interned_string_count, 0u);
  EXPECT_OK(heap_->AllocateString(kSession, "0"));
}

TEST_F(BatchMemoryTest, RootsOutOfMemoryAreTakenBack) {
  const Ref ref = New();
  BatchColumns batch;
  for (int i = 0; i < 6000; ++i) {
    batch.Root(std::to_string(i) + std::string(1000, 'n'), ref.bits());
  }
  EXPECT_THAT(Apply(batch), HasReason(reason::kHeapLimit));
  EXPECT_EQ(heap_->root_count(), 0u);
}

TEST_F(BatchMemoryTest, TheDaemonsBudgetIsToldApart) {
  MemoryBudget budget(5 * kMiB);
  heap_ = *Heap::Create(HeapOptions(), &budget);
  type_ = *heap_->DefineType("Thing", TypeKind::kObject, {});
  ASSERT_OK(heap_->OpenSession(kSession, ""));
  EXPECT_THAT(Apply(Objects(8 * kMiB, 200)), HasReason(reason::kBudget));
  heap_.reset();
}

}  // namespace
}  // namespace heapd
