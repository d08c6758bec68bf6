#include "heap/batch_scratch.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "tests/heap/batch_columns.h"
#include "tests/heap/heap_fixture.h"

namespace heapd {
namespace {

class BatchScratchTest : public HeapTest {
 protected:
  static uint64_t Local(uint32_t operation) { return kLocalRefBit | operation; }
  // The operations whose objects need not be made.
  static std::vector<size_t> ScratchOf(const BatchColumns& batch) {
    const BatchView view = batch.view();
    BatchScratch scratch(view);
    scratch.Find();
    std::vector<size_t> found;
    for (size_t i = 0; i < view.kinds.size(); ++i) {
      if (scratch.IsScratch(i)) found.push_back(i);
    }
    return found;
  }
  BatchResult Apply(const BatchColumns& batch) {
    BatchResult result;
    const BatchView view = batch.view();
    EXPECT_OK(heap_->Apply(kSession, view, &result));
    return result;
  }
};

// Capability row 15.
TEST_F(BatchScratchTest, WhatNothingReachesAtTheEndIsNotMade) {
  const Ref target = New();
  const uint64_t before = heap_->object_count();
  BatchColumns batch;
  const uint32_t leaf = batch.AllocateUnheld(type_, "leaf", 0);
  const uint32_t inner = batch.AllocateUnheld(
      type_, "inner", 3, {Value::LocalStrong(leaf), Value::Strong(target)});
  batch.AllocateUnheld(type_, "tree", 1, {Value::LocalWeak(inner)});
  batch.Allocate(type_, "held", 0);
  const BatchResult result = Apply(batch);
  EXPECT_THAT(result.refs(), testing::ElementsAre(0, 0, 0, testing::Ne(0u)));
  EXPECT_EQ(heap_->object_count(), before + 1);
  EXPECT_EQ(heap_->Stats().scratch_object_count, 3u);
}

// Capability row 15.
TEST_F(BatchScratchTest, WhatIsUsedForAnythingElseIsMade) {
  const auto made_with = [this](auto use) {
    BatchColumns batch;
    const uint32_t leaf = batch.AllocateUnheld(type_, "leaf", 1);
    const uint32_t object =
        batch.AllocateUnheld(type_, "object", 1, {Value::LocalStrong(leaf)});
    use(&batch, object);
    return ScratchOf(batch).empty();
  };
  EXPECT_TRUE(
      made_with([](BatchColumns* b, uint32_t o) { b->Hold(Local(o)); }));
  EXPECT_TRUE(made_with(
      [](BatchColumns* b, uint32_t o) { b->Root("name", Local(o)); }));
  EXPECT_TRUE(
      made_with([](BatchColumns* b, uint32_t o) { b->Copy(Local(o)); }));
  EXPECT_TRUE(
      made_with([](BatchColumns* b, uint32_t o) { b->ReadPayload(Local(o)); }));
  EXPECT_TRUE(made_with([this](BatchColumns* b, uint32_t o) {
    b->Allocate(type_, "", 1, {Value::LocalStrong(o)});
  }));
  EXPECT_TRUE(made_with([](BatchColumns* b, uint32_t o) {
    b->Link(Local(o), 0, Value::SmallInteger(1));
  }));
  EXPECT_TRUE(made_with([](BatchColumns* b, uint32_t o) {
    b->Link(Local(0), 0, Value::LocalStrong(o));
  }));
  EXPECT_FALSE(made_with([](BatchColumns*, uint32_t) {}));
}

TEST_F(BatchScratchTest, OnlyAllocationsAreScratch) {
  BatchColumns batch;
  batch.PushScope();
  batch.AllocateUnheld(type_, "", 0);
  batch.AllocateString("text");
  batch.AllocateUnheld(type_, "", 0);
  batch.PopScope(0);
  EXPECT_THAT(ScratchOf(batch), testing::ElementsAre(1, 3));
}

// What would be refused is refused all the same.
TEST_F(BatchScratchTest, OperandsOfScratchAreChecked) {
  const auto error_of = [this](auto allocate) {
    BatchColumns batch;
    batch.AllocateUnheld(type_, "scratch", 0);
    allocate(&batch);
    BatchResult result;
    const BatchView view = batch.view();
    const absl::Status status = heap_->Apply(kSession, view, &result);
    EXPECT_EQ(heap_->Stats().scratch_object_count, 0u);
    return status;
  };
  EXPECT_THAT(error_of([](BatchColumns* b) { b->AllocateUnheld(99, "", 0); }),
              HasReason("TYPE_NOT_FOUND"));
  EXPECT_THAT(error_of([this](BatchColumns* b) {
                b->AllocateUnheld(type_, "", 1, {Value::Strong(Ref(7, 7))});
              }),
              HasReason("OBJECT_COLLECTED"));
  EXPECT_THAT(error_of([this](BatchColumns* b) {
                b->AllocateUnheld(type_, "", 1, {Value::LocalStrong(5)});
              }),
              HasReason("INVALID_FIELD"));
  EXPECT_THAT(error_of([this](BatchColumns* b) {
                b->AllocateUnheld(
                    type_, "", 1,
                    {Value::SmallInteger(1), Value::SmallInteger(2)});
              }),
              HasReason("INVALID_FIELD"));
}

// Capability row 15: with and without, the same heap.
TEST_F(BatchScratchTest, TheRestIsAsIfAllHadBeenMade) {
  const auto live_objects = [this](bool make) {
    HeapOptions options;
    options.stress.make_scratch_objects = make;
    MakeHeap(options);
    BatchColumns batch;
    uint32_t last = batch.AllocateUnheld(type_, "", 2);
    for (uint32_t i = 1; i < 1000; ++i) {
      const Value value =
          i % 7 == 0 ? Value::LocalStrong(i / 2) : Value::LocalStrong(last);
      last = i % 50 == 0 ? batch.Allocate(type_, "", 2, {value})
                         : batch.AllocateUnheld(type_, "", 2, {value});
    }
    Apply(batch);
    return heap_->Collect(CollectionReason::kRequested).object_count_after;
  };
  EXPECT_EQ(live_objects(false), live_objects(true));
}

}  // namespace
}  // namespace heapd
